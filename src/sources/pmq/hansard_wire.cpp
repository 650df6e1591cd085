#include "hansard_wire.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace recon {
namespace {

Json parse_body(std::string_view body) {
  Json value = Json::parse(body, nullptr, false);
  if (value.is_discarded()) throw RunError("the body is not valid JSON; it may have been cut");
  return value;
}

/// The API gives null where it has an empty list.
Json parse_list(std::string_view body, const char* of) {
  Json value = parse_body(body);
  if (value.is_null()) return Json::array();
  if (!value.is_array())
    throw RunError(fmt::format("found {}, expected the list of {}", value.type_name(), of));
  return value;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Ids are numbers; as text, so that a string would do as well.
std::string id_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_number_integer()) return found->dump();
  return text_of(object, key);
}

bool equals_any_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char found, char expected) {
    return (found >= 'A' && found <= 'Z' ? static_cast<char>(found - 'A' + 'a') : found) == expected;
  });
}

bool is_debate_id(std::string_view id) {
  constexpr std::size_t longest = 100;
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

struct Section {
  std::string id, parent, title, external_id;
};

/// The sections of one tree, which the API gives as a flat list.
class SectionTree {
 public:
  void add(const Json& item) {
    Section section{id_of(item, "Id"), id_of(item, "ParentId"), collapse_white_space(text_of(item, "Title")),
                    text_of(item, "ExternalId")};
    if (!section.parent.empty()) children_[section.parent].push_back(sections_.size());
    sections_.push_back(std::move(section));
  }

  /// The sections with this title, everywhere or among `among`.
  [[nodiscard]] std::vector<std::size_t> titled(std::string_view lower,
                                                const std::vector<std::size_t>* among = nullptr) const {
    std::vector<std::size_t> found;
    const std::size_t count = among == nullptr ? sections_.size() : among->size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t section = among == nullptr ? i : (*among)[i];
      if (equals_any_case(sections_[section].title, lower)) found.push_back(section);
    }
    return found;
  }

  /// Everything below `roots`, ascending, each once even where the links of the list run in a circle.
  [[nodiscard]] std::vector<std::size_t> below(const std::vector<std::size_t>& roots) const {
    std::vector<bool> seen(sections_.size(), false);
    std::vector<std::size_t> open = roots;
    std::vector<std::size_t> found;
    while (!open.empty()) {
      const std::size_t section = open.back();
      open.pop_back();
      for (const std::size_t child : children_of(section)) {
        if (seen[child]) continue;
        seen[child] = true;
        found.push_back(child);
        open.push_back(child);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  [[nodiscard]] const std::vector<std::size_t>& children_of(std::size_t section) const {
    static const std::vector<std::size_t> none;
    const auto found = children_.find(sections_[section].id);
    return found == children_.end() ? none : found->second;
  }
  [[nodiscard]] const Section& operator[](std::size_t section) const { return sections_[section]; }

 private:
  std::vector<Section> sections_;
  std::unordered_map<std::string, std::vector<std::size_t>> children_;
};

void add_debates(const SectionTree& tree, PrimeMinisterDebates& result, std::set<std::string>& known) {
  const auto answers = tree.below(tree.titled("oral answers to questions"));
  const auto roots = tree.titled("prime minister", &answers);
  std::vector<std::size_t> candidates = tree.below(roots);
  candidates.insert(candidates.end(), roots.begin(), roots.end());
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (!roots.empty()) result.held = true;
  for (const std::size_t section : candidates) {
    if (!tree.children_of(section).empty()) continue;
    const std::string& id = tree[section].external_id;
    if (!is_debate_id(id)) {
      result.refused.push_back(fmt::format("'{}' ({})",
                                           replace_invalid_utf8(std::string_view(id).substr(0, 100)),
                                           replace_invalid_utf8(tree[section].title)));
    } else if (known.insert(id).second) {
      result.ids.push_back(id);
    }
  }
}

}  // namespace

std::vector<Day> parse_sitting_days(std::string_view body) {
  std::set<Day> days;
  for (const Json& item : parse_list(body, "sitting days")) {
    if (!item.is_object())
      throw RunError(
          fmt::format("found {} in the list of sitting days, expected an object", item.type_name()));
    const std::string house = text_of(item, "House");
    if (!house.empty() && !equals_any_case(house, "commons")) continue;
    const std::string date = text_of(item, "ItemDate");
    const auto day = day_at_start(date);
    if (!day) {
      throw RunError(fmt::format("a sitting day has the ItemDate '{}', expected one as 2016-05-11T00:00:00",
                                 replace_invalid_utf8(std::string_view(date).substr(0, 50))));
    }
    days.insert(*day);
  }
  return {days.begin(), days.end()};
}

PrimeMinisterDebates parse_prime_minister_debates(std::string_view body) {
  PrimeMinisterDebates result;
  std::set<std::string> known;
  for (const Json& tree : parse_list(body, "the day's sections")) {
    const auto items = tree.is_object() ? tree.find("SectionTreeItems") : tree.end();
    if (!tree.is_object() || items == tree.end() || !(items->is_array() || items->is_null()))
      throw RunError("a tree of sections has no list SectionTreeItems");
    SectionTree sections;
    for (const Json& item : *items) {
      if (!item.is_object()) throw RunError("an entry of SectionTreeItems is no object");
      sections.add(item);
    }
    add_debates(sections, result, known);
  }
  return result;
}

void check_debate(std::string_view body) {
  const Json debate = parse_body(body);
  const auto items = debate.is_object() ? debate.find("Items") : debate.end();
  if (!debate.is_object() || !debate.contains("Overview") || items == debate.end() ||
      !(items->is_array() || items->is_null()))
    throw RunError(fmt::format("found {} without Overview and Items, expected a debate", debate.type_name()));
}

}  // namespace recon
