#include "oyez_hearing.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "dates.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

[[noreturn]] void wrong(const std::string& where, std::string_view expected, const Json& found) {
  throw RunError(
      fmt::format("no Oyez hearing: {} should be {}, found {}", where, expected, found.type_name()));
}

/// A text field that may be missing or null.
std::string optional_text(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) wrong(where + "." + key, "a text or null", *found);
  return collapse_white_space(found->get_ref<const std::string&>());
}

/// A list that may be null, but not missing.
const Json* list_in(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) throw RunError(fmt::format("no Oyez hearing: {} has no '{}'", where, key));
  if (found->is_null()) return nullptr;
  if (!found->is_array()) wrong(where + "." + key, "a list", *found);
  return &*found;
}

/// Who speaks. Two people of one name are told apart by their identifiers.
struct Speaker {
  std::string identifier;
  std::string name;
  auto operator<=>(const Speaker&) const = default;

  /// The same person in one hearing: the identifier counts, and the name only where there is none.
  [[nodiscard]] bool same_person(const Speaker& other) const {
    return identifier == other.identifier && (!identifier.empty() || name == other.name);
  }
};

std::optional<Speaker> read_speaker(const Json& turn, const std::string& where) {
  const auto found = turn.find("speaker");
  if (found == turn.end()) throw RunError(fmt::format("no Oyez hearing: {} has no 'speaker'", where));
  if (found->is_null()) return std::nullopt;
  if (!found->is_object()) wrong(where + ".speaker", "an object or null", *found);
  Speaker speaker{optional_text(*found, "identifier", where + ".speaker"),
                  optional_text(*found, "name", where + ".speaker")};
  if (speaker.name.empty()) speaker.name = speaker.identifier;
  if (speaker.name.empty()) return std::nullopt;
  return speaker;
}

std::string read_text(const Json& turn, const std::string& where) {
  const Json* blocks = list_in(turn, "text_blocks", where);
  std::string text;
  if (blocks == nullptr) return text;
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    const Json& block = (*blocks)[i];
    const std::string place = fmt::format("{}.text_blocks[{}]", where, i);
    if (!block.is_object()) wrong(place, "an object", block);
    text += optional_text(block, "text", place);
    text += ' ';
  }
  return collapse_white_space(text);
}

struct SpokenTurn {
  Speaker speaker;
  std::string text;
};

/// Adds one turn, to the one before where the same person goes on.
void add_turn(const Json& turn, const std::string& where, OyezHearing& hearing,
              std::vector<SpokenTurn>& turns) {
  if (!turn.is_object()) wrong(where, "an object", turn);
  std::optional<Speaker> speaker = read_speaker(turn, where);
  std::string text = read_text(turn, where);
  if (!speaker) {
    ++hearing.turns_without_speaker;
  } else if (text.empty()) {
    ++hearing.empty_turns;
  } else if (!turns.empty() && turns.back().speaker.same_person(*speaker)) {
    turns.back().text += ' ';
    turns.back().text += text;
  } else {
    turns.push_back({std::move(*speaker), std::move(text)});
  }
}

/// The name of each person, with the identifier where several people of the hearing have that name.
std::vector<Turn> name_authors(std::vector<SpokenTurn> turns) {
  std::map<std::string, std::string> name_of;  // by identifier: the first name it came with
  std::map<std::string, std::set<std::string>> identifiers_of;
  for (SpokenTurn& turn : turns) {
    if (!turn.speaker.identifier.empty()) {
      turn.speaker.name = name_of.try_emplace(turn.speaker.identifier, turn.speaker.name).first->second;
    }
    identifiers_of[turn.speaker.name].insert(turn.speaker.identifier);
  }
  std::vector<Turn> named;
  named.reserve(turns.size());
  for (SpokenTurn& turn : turns) {
    const bool shared = identifiers_of[turn.speaker.name].size() > 1;
    std::string author = shared && !turn.speaker.identifier.empty()
                             ? fmt::format("{} ({})", turn.speaker.name, turn.speaker.identifier)
                             : turn.speaker.name;
    named.push_back({std::move(author), std::move(turn.text)});
  }
  return named;
}

Json parse_object(std::string_view content) {
  if (content.empty()) throw RunError("no Oyez hearing: the file is empty");
  if (const auto at = invalid_utf8_at(content)) {
    throw RunError(fmt::format("no valid UTF-8 at byte {}; convert the file or fetch it again", *at));
  }
  Json value;
  try {
    value = Json::parse(content);
  } catch (const nlohmann::json::exception& error) {
    throw RunError(fmt::format("no valid JSON: {}", error.what()));
  }
  if (!value.is_object()) wrong("the file", "an object", value);
  return value;
}

}  // namespace

OyezHearing parse_oyez_hearing(std::string_view content, std::string_view stem) {
  const Json value = parse_object(content);
  const auto transcript = value.find("transcript");
  if (transcript == value.end()) throw RunError("no Oyez hearing: the field 'transcript' is missing");
  OyezHearing hearing;
  if (transcript->is_null()) return hearing;
  if (!transcript->is_object()) wrong("transcript", "an object or null", *transcript);

  std::vector<SpokenTurn> turns;
  if (const Json* sections = list_in(*transcript, "sections", "transcript")) {
    for (std::size_t s = 0; s < sections->size(); ++s) {
      const Json& section = (*sections)[s];
      const std::string where = fmt::format("transcript.sections[{}]", s);
      if (!section.is_object()) wrong(where, "an object", section);
      const Json* spoken = list_in(section, "turns", where);
      if (spoken == nullptr) continue;
      for (std::size_t t = 0; t < spoken->size(); ++t) {
        add_turn((*spoken)[t], fmt::format("{}.turns[{}]", where, t), hearing, turns);
      }
    }
  }
  Session session;
  session.session_id = SessionId(std::string(stem));
  session.group = GroupId(std::string(stem.substr(0, stem.rfind("-t"))));
  session.domain = "scotus";
  session.title = optional_text(value, "title", "the file");
  session.date = date_in_title(session.title);
  session.turns = name_authors(std::move(turns));
  hearing.session = std::move(session);
  return hearing;
}

}  // namespace recon
