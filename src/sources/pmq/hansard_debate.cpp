#include "hansard_debate.hpp"

#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "file_form.hpp"
#include "names.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

[[noreturn]] void wrong(const std::string& where, std::string_view expected, const Json& found) {
  throw RunError(fmt::format("no debate of the Hansard API: {} should be {}, found {}; fetch it again", where,
                             expected, found.type_name()));
}

/// A text field that may be missing or null.
std::string text_in(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) wrong(fmt::format("{}.{}", where, key), "a text or null", *found);
  return found->get<std::string>();
}

/// A number field that may be missing or null.
std::optional<std::int64_t> number_in(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_integer()) wrong(fmt::format("{}.{}", where, key), "a whole number or null", *found);
  return found->get<std::int64_t>();
}

/// A list field that may be missing or null.
const Json* list_in(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return nullptr;
  if (!found->is_array()) wrong(fmt::format("{}.{}", where, key), "a list or null", *found);
  return &*found;
}

void expect_object(const Json& value, const std::string& where) {
  if (!value.is_object()) wrong(where, "an object", value);
}

/// The four digits behind "\u" at `at`, as a number; nullopt where they are no digits.
std::optional<unsigned> escaped_unit(std::string_view content, std::size_t at) {
  if (at + 6 > content.size() || content[at] != '\\' || content[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (const char c : content.substr(at + 2, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!digit && !letter) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return unit;
}

/// Replaces escaped surrogates without a partner by U+FFFD: they are no characters, and no JSON parser takes
/// them. Returns how many.
std::size_t replace_lone_surrogates(std::string& content) {
  std::size_t replaced = 0;
  for (std::size_t i = content.find('\\'); i < content.size(); i = content.find('\\', i)) {
    const std::optional<unsigned> unit = escaped_unit(content, i);
    if (!unit || *unit < 0xD800 || *unit > 0xDFFF) {
      i += 2;
      continue;
    }
    const std::optional<unsigned> partner = escaped_unit(content, i + 6);
    if (*unit < 0xDC00 && partner && *partner >= 0xDC00 && *partner <= 0xDFFF) {
      i += 12;
      continue;
    }
    content.replace(i, 6, "\\ufffd");
    ++replaced;
    i += 6;
  }
  return replaced;
}

Json parse_json(std::string_view content, std::size_t& lone_surrogates) {
  refuse_foreign_form(content, "a body of the Hansard API in JSON");
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  if (const auto at = invalid_utf8_at(content)) {
    throw RunError(fmt::format("no valid UTF-8 at byte {}; convert the file or fetch it again", *at));
  }
  std::string repaired(content);
  lone_surrogates = replace_lone_surrogates(repaired);
  try {
    return Json::parse(repaired);
  } catch (const nlohmann::json::exception& error) {
    throw RunError(fmt::format("no valid JSON: {}; fetch the file again", error.what()));
  }
}

/// Tells the API's other bodies by the fields that they always have.
HansardBody kind_of(const Json& value) {
  const auto has = [](const Json& object, const char* key) { return object.contains(key); };
  if (value.is_object()) {
    if (has(value, "Overview") && has(value, "Items")) return HansardBody::debate;
    const bool search = has(value, "Results") && has(value, "TotalResultCount");
    if (search || (has(value, "swagger") && has(value, "paths"))) return HansardBody::other;
  } else if (value.is_array()) {
    if (value.empty() || value.front().is_string()) return HansardBody::other;
    const Json& first = value.front();
    if (first.is_object() && has(first, "SectionTreeItems")) return HansardBody::section_tree;
    constexpr std::array others = {"ItemDate", "DebateSections", "ExternalId",
                                   "ExtId",    "MemberId",       "GroupingDate"};
    if (first.is_object() &&
        std::any_of(others.begin(), others.end(), [&](const char* key) { return has(first, key); })) {
      return HansardBody::other;
    }
  } else {
    const bool is_last_day =
        value.is_string() && is_iso_date(value.get_ref<const std::string&>().substr(0, 10));
    // A number is the first year, null the API's empty list.
    if (value.is_number_integer() || value.is_null() || is_last_day) return HansardBody::other;
  }
  throw RunError(
      "no body of the Hansard API: expected a debate ({Overview, Items, ...}) or another answer of the API; "
      "remove the file, or give source.path a folder without it");
}

/// The headings of a day, by id.
struct Heading {
  std::string title;  ///< in lower case
  std::optional<std::int64_t> parent;
  std::int64_t order = 0;
};
using Headings = std::map<std::int64_t, Heading>;

std::string heading_title(const Json& object, const char* key, const std::string& where) {
  return ascii_lower_case(collapse_white_space(text_in(object, key, where)));
}

void read_navigator(const Json& debate, const std::string& where, Headings& headings) {
  const Json* nodes = list_in(debate, "Navigator", where);
  if (nodes == nullptr) return;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const std::string place = fmt::format("{}.Navigator[{}]", where, i);
    const Json& node = (*nodes)[i];
    expect_object(node, place);
    const auto id = number_in(node, "Id", place);
    if (!id) continue;
    headings.insert_or_assign(*id,
                              Heading{heading_title(node, "Title", place), number_in(node, "ParentId", place),
                                      number_in(node, "SortOrder", place).value_or(0)});
  }
}

/// What the headings above a debate, and its own, say that it is part of; `oral_answers`: directly, as a
/// department is.
enum class Below { other, oral_answers, prime_minister };

Below below_what(const Headings& headings, std::int64_t id) {
  bool prime_minister = false;
  auto at = headings.find(id);
  for (std::size_t steps = 0; at != headings.end() && steps <= headings.size(); ++steps) {
    const Heading& heading = at->second;
    if (heading.title == "prime minister" || heading.title == "the prime minister") prime_minister = true;
    if (heading.title == "oral answers to questions") {
      if (prime_minister) return Below::prime_minister;
      return steps == 1 ? Below::oral_answers : Below::other;
    }
    if (!heading.parent) return Below::other;
    at = headings.find(*heading.parent);
  }
  return Below::other;
}

/// How often the Prime Minister, by that name, speaks in a debate.
std::size_t prime_ministers_items(const Json& debate, const std::string& where) {
  const Json* items = list_in(debate, "Items", where);
  std::size_t count = 0;
  for (std::size_t i = 0; items != nullptr && i < items->size(); ++i) {
    const std::string place = fmt::format("{}.Items[{}]", where, i);
    expect_object((*items)[i], place);
    const std::string attribution = text_in((*items)[i], "AttributedTo", place);
    if (parse_attribution(attribution).role == PmqRole::prime_minister) ++count;
  }
  return count;
}

class DebateParser {
 public:
  explicit DebateParser(HansardFile& file) : file_(file) {}

  /// `inherited`: the section that this debate is a child of, where that is one.
  void parse(const Json& debate, const std::string& where, Headings headings, const HansardSection* inherited,
             int depth = 0) {
    constexpr int deepest = 8;
    if (depth > deepest) throw RunError(fmt::format("no debate of the Hansard API: {} lies too deep", where));
    expect_object(debate, where);
    const auto overview = debate.find("Overview");
    if (overview == debate.end())
      throw RunError(fmt::format("no debate of the Hansard API: {} has no Overview", where));
    const std::string place = where + ".Overview";
    expect_object(*overview, place);
    read_navigator(debate, where, headings);
    const std::size_t spoken = prime_ministers_items(debate, where);
    std::optional<HansardSection> section = read_overview(*overview, place, headings, inherited, spoken > 0);
    if (!section && spoken > 0) note_elsewhere(*overview, place, spoken);
    if (section) {
      read_items(debate, where, section->section);
      section->place = file_.sections.size();
      file_.sections.push_back(*section);
    }
    const Json* children = list_in(debate, "ChildDebates", where);
    for (std::size_t i = 0; children != nullptr && i < children->size(); ++i) {
      parse((*children)[i], fmt::format("{}.ChildDebates[{}]", where, i), headings,
            section ? &*section : nullptr, depth + 1);
    }
  }

 private:
  HansardFile& file_;

  void note_elsewhere(const Json& overview, const std::string& where, std::size_t spoken) {
    const std::string id = ascii_lower_case(trim(text_in(overview, "ExtId", where)));
    const std::string house = text_in(overview, "House", where);
    if (house.empty() || house == "Commons") file_.elsewhere[id] += spoken;
  }

  /// Nullopt for a debate that is no part of the Prime Minister's questions. Of the oral answers only these
  /// are the Prime Minister's to give: where that office speaks, a heading stands in the middle of them.
  static std::optional<HansardSection> read_overview(const Json& overview, const std::string& where,
                                                     const Headings& headings,
                                                     const HansardSection* inherited,
                                                     bool prime_minister_speaks) {
    const std::string house = text_in(overview, "House", where);
    const auto id = number_in(overview, "Id", where);
    const bool known = id && headings.contains(*id);
    const Below below = known ? below_what(headings, *id) : Below::other;
    const bool questions =
        known ? below == Below::prime_minister || (below == Below::oral_answers && prime_minister_speaks)
              : inherited != nullptr;
    if (!questions || (!house.empty() && house != "Commons")) return std::nullopt;
    HansardSection section;
    section.id = ascii_lower_case(trim(text_in(overview, "ExtId", where)));
    if (section.id.empty() && id) section.id = fmt::format("{}", *id);
    if (section.id.empty())
      throw RunError(fmt::format("no debate of the Hansard API: {} has no ExtId", where));
    const std::string date = text_in(overview, "Date", where);
    section.date = date.substr(0, 10);
    if (!is_iso_date(section.date)) {
      throw RunError(
          fmt::format("no debate of the Hansard API: {}.Date should begin like 2016-05-11, found '{}'", where,
                      date.substr(0, 40)));
    }
    section.order = known ? headings.at(*id).order : inherited->order;
    section.updated = text_in(overview, "ContentLastUpdated", where);
    section.section.title = collapse_white_space(text_in(overview, "Title", where));
    const std::string tag = text_in(overview, "HRSTag", where);
    section.section.statement = tag.starts_with("hs_2");
    return section;
  }

  struct Item {
    std::int64_t order = 0;
    std::size_t index = 0;
  };

  void read_items(const Json& debate, const std::string& where, PmqSection& section) {
    const Json* items = list_in(debate, "Items", where);
    if (items == nullptr) return;
    std::vector<Item> sorted;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string place = fmt::format("{}.Items[{}]", where, i);
      expect_object((*items)[i], place);
      const std::int64_t before = sorted.empty() ? 0 : sorted.back().order;
      sorted.push_back({number_in((*items)[i], "OrderInSection", place).value_or(before), i});
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Item& a, const Item& b) { return a.order < b.order; });
    for (const Item& item : sorted) {
      read_item((*items)[item.index], fmt::format("{}.Items[{}]", where, item.index), section);
    }
  }

  void read_item(const Json& item, const std::string& where, PmqSection& section) {
    for (const char* field : {"ItemType", "Value"}) {
      if (!item.contains(field)) {
        throw RunError(
            fmt::format("no debate of the Hansard API: {} has no '{}'; fetch it again", where, field));
      }
    }
    if (text_in(item, "ItemType", where) != "Contribution") return;  // time stamps
    const std::string value = text_in(item, "Value", where);
    const std::string tag = text_in(item, "HRSTag", where);
    PmqSpeech speech;
    const std::int64_t member = number_in(item, "MemberId", where).value_or(0);
    if (member > 0) speech.speaker = fmt::format("{}", member);
    speech.attribution = text_in(item, "AttributedTo", where);
    speech.question = tag == "Question" || value.find("<Question") != std::string::npos;
    speech.text = hansard_value_text(value);
    if (!speech.speaker.empty() || !trim(speech.attribution).empty()) {
      section.speeches.push_back(std::move(speech));
    } else if (clean_pmq_text(speech.text).empty()) {
      return;  // a column number
    } else if (continues(tag, value, speech.text) && !section.speeches.empty()) {
      section.speeches.back().text += "\n\n" + speech.text;
    } else {
      ++file_.unattributed;
    }
  }

  /// A paragraph on its own goes on with what was said before; so does an indented one that quotes. Notes of
  /// the editors are in italics.
  static bool continues(std::string_view tag, std::string_view value, std::string_view text) {
    if (is_italic_value(value)) return false;
    const std::string_view start = trim(text);
    const bool quotes = start.starts_with("“") || start.starts_with("‘") || start.starts_with('"');
    return tag == "hs_Para" || (tag == "hs_brev" && quotes);
  }
};

}  // namespace

HansardFile parse_hansard_body(std::string_view content) {
  HansardFile file;
  const Json value = parse_json(content, file.lone_surrogates);
  file.body = kind_of(value);
  if (file.body == HansardBody::debate) DebateParser(file).parse(value, "the file", {}, nullptr);
  return file;
}

}  // namespace recon
