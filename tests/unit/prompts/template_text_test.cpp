// Rendering, against the Mustache library.
#include "template_text.hpp"

#include "recon/core/random.hpp"
#include "recon/core/text.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "source_dir.hpp"
#include <gmock/gmock.h>
#include <kainjow/mustache.hpp>

namespace recon {
namespace {

using kainjow::mustache::data;

/// The same values for both.
struct Values {
  TemplateValues ours;
  data theirs;

  void set(const std::string& name, const std::string& text) {
    ours.set(name, text);
    theirs.set(name, text);
  }
  void set(const std::string& name, bool flag) {
    ours.set(name, flag);
    theirs.set(name, data{flag ? data::type::bool_true : data::type::bool_false});
  }
  void set(const std::string& name, const std::vector<Values>& list) {
    std::vector<TemplateValues> of_ours;
    data of_theirs{data::type::list};
    for (const Values& entry : list) {
      of_ours.push_back(entry.ours);
      of_theirs.push_back(entry.theirs);
    }
    ours.set(name, std::move(of_ours));
    theirs.set(name, of_theirs);
  }
};

std::string theirs(const std::string& text, const Values& values) {
  kainjow::mustache::mustache parsed(text);
  parsed.set_custom_escape([](const std::string& value) { return value; });
  EXPECT_TRUE(parsed.is_valid()) << parsed.error_message() << "\n" << text;
  return parsed.render(values.theirs);
}

const std::vector<std::string> names = {
    "preamble",   "context_note", "response_format", "context",       "action", "reasoning", "dimensions",
    "candidates", "examples",     "has_examples",    "has_reasoning", "count",  "number",    "text",
    "name",       "definition",   "answer_a",        "answer_b"};

Values random_values(KeyedRandom& random, int depth) {
  static const std::vector<std::string> texts = {
      "",           " ",    "\t",          "\n",   "word",
      "two\nlines", " \n ", "{{context}}", "\r\n", "<turn author=\"I\">x</turn>"};
  Values values;
  for (const std::string& name : names) {
    switch (random.below(depth > 0 ? 5 : 4)) {
      case 0:
        break;
      case 1:
        values.set(name, random.coin());
        break;
      case 4: {
        std::vector<Values> list(random.below(4));
        for (Values& entry : list) entry = random_values(random, depth - 1);
        values.set(name, list);
        break;
      }
      default:
        values.set(name, texts[random.below(texts.size())]);
    }
  }
  return values;
}

TEST(TemplateText, RendersEveryTemplateOfTheProjectAsTheLibraryDoes) {
  std::size_t templates = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(RECON_SOURCE_DIR) / "prompts")) {
    if (entry.path().extension() != ".mustache") continue;
    ++templates;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const TemplateText parsed(text);
    KeyedRandom random(1, "template", entry.path().filename().string());
    for (int i = 0; i < 40; ++i) {
      const Values values = random_values(random, 1);
      ASSERT_EQ(parsed.render(values.ours), theirs(text, values)) << entry.path();
    }
  }
  EXPECT_EQ(templates, 6U);
}

/// A valid template of random pieces: sections, texts, line ends, all forms of tags.
std::string random_template(KeyedRandom& random, int depth) {
  static const std::vector<std::string> pieces = {
      "word", " ", "\t", "\n", "\r\n", "\r", "{", "}", "}}", "{ {", "{{! a remark }}", "{{!}}", "é"};
  static const std::vector<std::string> forms = {"{{%}}",     "{{ % }}", "{{{%}}}",
                                                 "{{{ % }}}", "{{&%}}",  "{{& % }}"};
  std::string text;
  for (std::uint64_t i = random.below(8); i > 0; --i) {
    const std::string& name = names[random.below(names.size())];
    if (depth > 0 && random.below(3) == 0) {
      const std::string sigil = random.coin() ? "#" : "^";
      const std::string space = random.coin() ? " " : "";
      text += "{{" + sigil + space + name + space + "}}" + random_template(random, depth - 1) + "{{/" + name +
              "}}";
    } else if (random.coin()) {
      std::string tag = forms[random.below(forms.size())];
      tag.replace(tag.find('%'), 1, name);
      text += tag;
    } else {
      text += pieces[random.below(pieces.size())];
    }
    if (text.ends_with("{")) text += " ";  // not to open another tag by accident
  }
  return text;
}

TEST(TemplateText, RendersRandomTemplatesAsTheLibraryDoes) {
  KeyedRandom random(1, "template", "random");
  for (int i = 0; i < 400; ++i) {
    const std::string text = random_template(random, 3);
    const TemplateText parsed(text);
    for (int j = 0; j < 3; ++j) {
      const Values values = random_values(random, 1);
      ASSERT_EQ(parsed.render(values.ours), theirs(text, values)) << text;
    }
  }
}

TEST(TemplateText, ValuesAreFilledInOnce) {
  TemplateValues values;
  values.set("context", std::string("{{action}} {{#has_examples}}"));
  values.set("action", std::string("never"));
  EXPECT_EQ(TemplateText("[{{context}}]").render(values), "[{{action}} {{#has_examples}}]");
}

}  // namespace
}  // namespace recon
