#include "recon/prompts/prompts.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "template_set.hpp"
#include "texts.hpp"
#include "xml.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {

namespace {

constexpr std::size_t prompt_count = 6;
/// Raised when the code around the templates changes what a model sees.
constexpr std::uint64_t rendering_version = 2;

constexpr std::size_t index_of(PromptName name) { return static_cast<std::size_t>(name); }

/// The names a template may use; what is not here cannot reach the model through it.
std::vector<std::string> variables_of(PromptName name) {
  switch (name) {
    case PromptName::backward:
      return {"preamble", "context_note", "response_format", "context", "action", "length"};
    case PromptName::reconstruct:
      return {"preamble", "context_note", "response_format", "context", "reasoning"};
    case PromptName::judge_listwise:
      return {"context_note", "response_format", "dimensions", "name", "definition", "context",
              "action",       "candidates",      "number",     "text", "count",      "explain"};
    case PromptName::generate:
      return {"preamble",      "context_note", "response_format", "examples",  "has_examples",
              "has_reasoning", "number",       "context",         "reasoning", "action"};
    case PromptName::judge_pairwise:
      return {"context_note", "response_format", "dimensions", "name",     "definition",
              "context",      "action",          "answer_a",   "answer_b", "explain"};
    case PromptName::leak:
      return {"preamble", "response_format", "reasoning"};
  }
  return {};
}

TemplateValues domain_data(const std::string& preamble, const DomainTexts& texts) {
  TemplateValues values;
  values.set("preamble", preamble);
  values.set("context_note", texts.context_note);
  values.set("response_format", texts.response_format);
  return values;
}

std::vector<TemplateValues> dimension_data(const PromptTexts& texts,
                                           const std::array<Dimension, 3>& dimensions) {
  std::vector<TemplateValues> list;
  for (const Dimension dimension : dimensions) {
    TemplateValues entry;
    entry.set("name", std::string(to_string(dimension)));
    entry.set("definition", texts.definition(dimension));
    list.push_back(std::move(entry));
  }
  return list;
}

/// A list of texts numbered from 1.
std::vector<TemplateValues> numbered(const std::vector<std::string>& shown) {
  std::vector<TemplateValues> list;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    TemplateValues entry;
    entry.set("number", std::to_string(at + 1));
    entry.set("text", xml_body(shown[at]));
    list.push_back(std::move(entry));
  }
  return list;
}

TemplateValues judge_data(const PromptTexts& texts, const Pair& pair, const ReplyForm& form) {
  const DomainTexts& domain = texts.domain(pair.domain);
  TemplateValues values;
  values.set("context_note", domain.context_note);
  values.set("response_format", domain.response_format);
  values.set("dimensions", dimension_data(texts, form.dimensions));
  values.set("explain", form.explain);
  values.set("context", render_context(pair.context, pair.context_gap(), pair.author));
  values.set("action", xml_body(pair.action));
  return values;
}

TemplateValues example_data(const Example& example, std::size_t number) {
  if (example.pair == nullptr) throw std::logic_error("an example without a pair");
  TemplateValues values;
  values.set("number", std::to_string(number));
  values.set("context", render_context(example.context, example.gap, example.pair->author));
  // A false value, not a missing one: a missing name would be looked up further out.
  if (example.reasoning && !example.reasoning->empty()) {
    values.set("reasoning", xml_body(*example.reasoning));
  } else {
    values.set("reasoning", false);
  }
  values.set("action", xml_body(example.pair->action));
  return values;
}

/// A canary and the variable whose value it is.
struct Canary {
  std::string variable;
  std::string text;
};

Pair canary_pair(std::string_view word) {
  Pair pair;
  pair.author = "canary";
  pair.context = {{"canary-author", fmt::format("{}-context", word)}};
  pair.action = fmt::format("{}-action", word);
  return pair;
}

}  // namespace

struct Prompts::State {
  PromptTexts texts;
  std::vector<PromptTemplate> templates;  ///< by PromptName

  [[nodiscard]] const PromptTemplate& of(PromptName name) const { return templates[index_of(name)]; }
  /// Renders each prompt with marked values and looks for every mark: the only check that sees through
  /// sections.
  void check(const Prompts& prompts);
  void require(PromptName name, const Prompt& prompt, const std::vector<Canary>& canaries);
};

const char* to_string(PromptName name) { return prompt_names()[index_of(name)].c_str(); }

bool shows_other_pairs(PromptName name) {
  switch (name) {
    case PromptName::generate:        // examples
    case PromptName::judge_pairwise:  // actions that were generated from examples
      return true;
    case PromptName::backward:
    case PromptName::reconstruct:
    case PromptName::judge_listwise:
    case PromptName::leak:
      break;
  }
  return false;
}

std::optional<PromptName> prompt_name_from(std::string_view name) {
  const auto& names = prompt_names();
  if (name == "judge") return PromptName::judge_listwise;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<PromptName>(found - names.begin());
}

namespace {

PromptTemplate load_template(PromptName name, const std::map<PromptName, std::filesystem::path>& overrides) {
  const auto found = overrides.find(name);
  if (found == overrides.end()) {
    const std::string file = fmt::format("{}.mustache", to_string(name));
    return {name, embedded_text(file), fmt::format("prompts/{} (compiled in)", file), variables_of(name)};
  }
  std::string source;
  try {
    source = read_file(found->second);
  } catch (const RunError& error) {
    throw UsageError(fmt::format("key 'prompts.{}': {}", to_string(name), error.what()));
  }
  return {name, source, found->second.string(), variables_of(name)};
}

std::map<PromptName, std::filesystem::path> known_overrides(
    const std::map<std::string, std::filesystem::path>& overrides) {
  std::map<PromptName, std::filesystem::path> known;
  for (const auto& [key, path] : overrides) {
    const auto name = prompt_name_from(key);
    if (!name) {
      const auto near = nearest_word(key, prompt_names());
      throw UsageError(fmt::format("key 'prompts.{}': no prompt of this name{}; there are {}", key,
                                   near ? fmt::format(" (did you mean '{}'?)", *near) : "",
                                   fmt::join(prompt_names(), ", ")));
    }
    if (!known.emplace(*name, path).second) {
      throw UsageError(
          fmt::format("key 'prompts.{}': the prompt '{}' is overridden twice", key, to_string(*name)));
    }
  }
  return known;
}

}  // namespace

void Prompts::State::check(const Prompts& prompts) {
  const Pair pair = canary_pair("canary");
  const Pair other = canary_pair("example");
  const std::string reasoning = "canary-reasoning";
  const Canary context{"context", "canary-context"};
  const Canary action{"action", "canary-action"};
  const Canary thoughts{"reasoning", reasoning};
  const ReplyForm form;

  require(PromptName::backward, prompts.backward(pair), {context, action});
  require(PromptName::reconstruct, prompts.reconstruct(pair, reasoning), {context, thoughts});
  require(PromptName::leak, prompts.leak(pair, reasoning), {thoughts});
  require(PromptName::generate, prompts.generate(pair, {Example{&other, other.context, reasoning}}),
          {context, thoughts, {"examples", "example-context"}, {"examples", "example-action"}});

  std::vector<Canary> judged{context, action};
  for (const Dimension dimension : form.dimensions)
    judged.push_back({"dimensions", texts.definition(dimension)});
  const auto with = [&](std::vector<Canary> more) {
    more.insert(more.end(), judged.begin(), judged.end());
    return more;
  };
  const std::string first = "canary-first";
  const std::string second = "canary-second";
  require(PromptName::judge_listwise, prompts.judge_listwise(pair, {first, second}, form),
          with({{"candidates", first}, {"candidates", second}}));
  require(PromptName::judge_pairwise, prompts.judge_pairwise(pair, first, second, form),
          with({{"answer_a", first}, {"answer_b", second}}));
}

void Prompts::State::require(PromptName name, const Prompt& prompt, const std::vector<Canary>& canaries) {
  for (const Canary& canary : canaries) {
    const bool seen = std::any_of(prompt.begin(), prompt.end(), [&](const PromptMessage& message) {
      return message.content.find(canary.text) != std::string::npos;
    });
    if (seen) continue;
    throw UsageError(
        fmt::format("{}: the prompt '{}' needs the variable '{}', and this template does not show it",
                    of(name).origin(), to_string(name), canary.variable));
  }
}

Prompts::Prompts(const std::map<std::string, std::filesystem::path>& overrides)
    : state_(std::make_unique<State>()) {
  const auto known = known_overrides(overrides);
  for (std::size_t at = 0; at < prompt_count; ++at) {
    state_->templates.push_back(load_template(static_cast<PromptName>(at), known));
  }
  state_->check(*this);
}

Prompts::~Prompts() = default;

Digest Prompts::digest(PromptName name) const {
  DigestBuilder builder;
  builder.number(rendering_version).field(to_string(name));
  const PromptTemplate& chosen = state_->of(name);
  builder.field(chosen.system_text()).field(chosen.user_text());
  for (const std::string_view text : state_->texts.all()) builder.field(text);
  if (name == PromptName::judge_listwise) builder.field(listwise_schema(2, {}).dump());
  if (name == PromptName::judge_pairwise) builder.field(pairwise_schema({}).dump());
  return builder.finish();
}

namespace {

std::string length_text(const IntegerRange& words) {
  if (words.least == words.most) return fmt::format("about {} words", words.most);
  return fmt::format("{} to {} words", words.least, words.most);
}

}  // namespace

Prompt Prompts::backward(const Pair& pair, const std::optional<IntegerRange>& words) const {
  const DomainTexts& domain = state_->texts.domain(pair.domain);
  TemplateValues values = domain_data(domain.preamble_synthesis, domain);
  values.set("context", render_context(pair.context, pair.context_gap(), pair.author));
  values.set("action", xml_body(pair.action));
  if (words) values.set("length", length_text(*words));
  return state_->of(PromptName::backward).render(values);
}

Prompt Prompts::reconstruct(const Pair& pair, std::string_view reasoning) const {
  const DomainTexts& domain = state_->texts.domain(pair.domain);
  TemplateValues values = domain_data(domain.preamble_action, domain);
  values.set("context", render_context(pair.context, pair.context_gap(), pair.author));
  values.set("reasoning", xml_body(reasoning));
  return state_->of(PromptName::reconstruct).render(values);
}

Prompt Prompts::judge_listwise(const Pair& pair, const std::vector<std::string>& shown,
                               const ReplyForm& form) const {
  TemplateValues values = judge_data(state_->texts, pair, form);
  values.set("candidates", numbered(shown));
  values.set("count", std::to_string(shown.size()));
  return state_->of(PromptName::judge_listwise).render(values);
}

Prompt Prompts::generate(const Pair& test, const std::vector<Example>& examples) const {
  const DomainTexts& domain = state_->texts.domain(test.domain);
  TemplateValues values = domain_data(domain.preamble_action, domain);
  std::vector<TemplateValues> list;
  bool has_reasoning = false;
  for (std::size_t at = 0; at < examples.size(); ++at) {
    has_reasoning = has_reasoning || (examples[at].reasoning && !examples[at].reasoning->empty());
    list.push_back(example_data(examples[at], at + 1));
  }
  values.set("examples", std::move(list));
  values.set("has_examples", !examples.empty());
  values.set("has_reasoning", has_reasoning);
  values.set("context", render_context(test.context, test.context_gap(), test.author));
  return state_->of(PromptName::generate).render(values);
}

Prompt Prompts::judge_pairwise(const Pair& test, std::string_view shown_a, std::string_view shown_b,
                               const ReplyForm& form) const {
  TemplateValues values = judge_data(state_->texts, test, form);
  values.set("answer_a", xml_body(shown_a));
  values.set("answer_b", xml_body(shown_b));
  return state_->of(PromptName::judge_pairwise).render(values);
}

Prompt Prompts::leak(const Pair& pair, const std::optional<std::string>& reasoning) const {
  const DomainTexts& domain = state_->texts.domain(pair.domain);
  TemplateValues values;
  values.set("preamble", domain.preamble_action);
  values.set("response_format", domain.response_format);
  if (reasoning) values.set("reasoning", xml_body(*reasoning));
  return state_->of(PromptName::leak).render(values);
}

std::string Prompts::retrieval_text(const Pair& pair) {
  std::string text;
  for (const Turn& turn : pair.context) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}: {}", speaker_label(turn.author, pair.author),
                        collapse_white_space(without_control_characters(turn.text)));
  }
  return text;
}

std::string Prompts::plain_reply(std::string_view reply) {
  return std::string(trim(without_entities(reply)));
}

std::vector<std::string> Prompts::domains() const { return state_->texts.domains(); }

}  // namespace recon
