#include "hearing.hpp"

#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/json_type_name.hpp"
#include "recon/core/text.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "file_form.hpp"
#include <fmt/format.h>
#include <simdjson.h>

namespace recon {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// Where in the JSON something stands; put into words only when it is wrong.
struct Place {
  std::size_t section = 0;
  std::size_t turn = 0;
  [[nodiscard]] std::string text() const {
    return fmt::format("transcript.sections[{}].turns[{}]", section, turn);
  }
};

[[noreturn]] void wrong(const std::string& where, std::string_view expected, const element& found) {
  throw RunError(
      fmt::format("no Oyez hearing: {} should be {}, found {}", where, expected, type_name(found)));
}

std::optional<element> field(const object& value, std::string_view key) {
  element found;
  if (value.at_key(key).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

/// A text field that may be missing or null.
template <class Where>
std::string optional_text(const object& value, std::string_view key, const Where& where) {
  const std::optional<element> found = field(value, key);
  if (!found || found->is_null()) return {};
  std::string_view text;
  if (found->get(text) != simdjson::SUCCESS)
    wrong(fmt::format("{}.{}", where(), key), "a text or null", *found);
  return collapse_white_space(text);
}

/// A list that may be null, but not missing.
template <class Where>
std::optional<array> list_in(const object& value, std::string_view key, const Where& where) {
  const std::optional<element> found = field(value, key);
  if (!found) throw RunError(fmt::format("no Oyez hearing: {} has no '{}'", where(), key));
  if (found->is_null()) return std::nullopt;
  array list;
  if (found->get(list) != simdjson::SUCCESS) wrong(fmt::format("{}.{}", where(), key), "a list", *found);
  return list;
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

std::optional<Speaker> read_speaker(const object& turn, const Place& place) {
  const std::optional<element> found = field(turn, "speaker");
  if (!found) throw RunError(fmt::format("no Oyez hearing: {} has no 'speaker'", place.text()));
  if (found->is_null()) return std::nullopt;
  object value;
  if (found->get(value) != simdjson::SUCCESS) wrong(place.text() + ".speaker", "an object or null", *found);
  const auto where = [&] { return place.text() + ".speaker"; };
  if (!field(value, "identifier") && !field(value, "name")) {
    throw RunError(fmt::format("no Oyez hearing: {} has neither 'identifier' nor 'name'", where()));
  }
  Speaker speaker{optional_text(value, "identifier", where), optional_text(value, "name", where)};
  if (speaker.name.empty()) speaker.name = speaker.identifier;
  if (speaker.name.empty()) return std::nullopt;
  return speaker;
}

std::string read_text(const object& turn, const Place& place) {
  const std::optional<array> blocks = list_in(turn, "text_blocks", [&] { return place.text(); });
  std::string text;
  if (!blocks) return text;
  std::size_t i = 0;
  for (const element block : *blocks) {
    const auto where = [&] { return fmt::format("{}.text_blocks[{}]", place.text(), i); };
    object value;
    if (block.get(value) != simdjson::SUCCESS) wrong(where(), "an object", block);
    if (!field(value, "text")) throw RunError(fmt::format("no Oyez hearing: {} has no 'text'", where()));
    const std::string words = optional_text(value, "text", where);
    if (!text.empty() && !words.empty()) text += ' ';
    text += words;
    ++i;
  }
  return text;
}

struct SpokenTurn {
  Speaker speaker;
  std::string text;
};

void add_turn(const element& value, const Place& place, OyezHearing& hearing,
              std::vector<SpokenTurn>& turns) {
  object turn;
  if (value.get(turn) != simdjson::SUCCESS) wrong(place.text(), "an object", value);
  std::optional<Speaker> speaker = read_speaker(turn, place);
  std::string text = read_text(turn, place);
  if (!speaker) {
    ++hearing.turns_without_speaker;
  } else if (text.empty()) {
    ++hearing.empty_turns;
  } else {
    turns.push_back({std::move(*speaker), std::move(text)});
  }
}

/// By name, the identifiers that it has in a hearing.
using Identifiers = std::map<std::string, std::set<std::string>>;

/// Gives each person one name, and turns without an identifier that of the one person of their name.
Identifiers identify_speakers(std::vector<SpokenTurn>& turns) {
  std::map<std::string, std::string> name_of;  // by identifier: the first name it came with
  Identifiers given, identifiers_of;
  for (SpokenTurn& turn : turns) {
    if (turn.speaker.identifier.empty()) continue;
    given[turn.speaker.name].insert(turn.speaker.identifier);
    turn.speaker.name = name_of.try_emplace(turn.speaker.identifier, turn.speaker.name).first->second;
    identifiers_of[turn.speaker.name].insert(turn.speaker.identifier);
  }
  for (SpokenTurn& turn : turns) {
    if (!turn.speaker.identifier.empty()) continue;
    const auto known = given.find(turn.speaker.name);
    if (known == given.end() || known->second.size() > 1) continue;
    turn.speaker.identifier = *known->second.begin();
    turn.speaker.name = name_of[turn.speaker.identifier];
  }
  return identifiers_of;
}

/// Joins what one person says in a row, and names each person, with the identifier where several people of
/// the hearing have that name.
std::vector<Turn> name_authors(std::vector<SpokenTurn> turns) {
  const Identifiers identifiers_of = identify_speakers(turns);
  std::vector<Turn> named;
  named.reserve(turns.size());
  const SpokenTurn* before = nullptr;
  for (SpokenTurn& turn : turns) {
    if (before != nullptr && before->speaker.same_person(turn.speaker)) {
      named.back().text += ' ';
      named.back().text += turn.text;
      continue;
    }
    before = &turn;
    const auto identifiers = identifiers_of.find(turn.speaker.name);
    const bool shared = identifiers != identifiers_of.end() && identifiers->second.size() > 1;
    std::string author = shared && !turn.speaker.identifier.empty()
                             ? fmt::format("{} ({})", turn.speaker.name, turn.speaker.identifier)
                             : turn.speaker.name;
    named.push_back({std::move(author), std::move(turn.text)});
  }
  return named;
}

std::vector<SpokenTurn> read_turns(const object& transcript, OyezHearing& hearing) {
  std::vector<SpokenTurn> turns;
  const std::optional<array> sections = list_in(transcript, "sections", [] { return "transcript"; });
  if (!sections) return turns;
  Place place;
  for (const element value : *sections) {
    object section;
    const auto where = [&] { return fmt::format("transcript.sections[{}]", place.section); };
    if (value.get(section) != simdjson::SUCCESS) wrong(where(), "an object", value);
    place.turn = 0;
    if (const std::optional<array> spoken = list_in(section, "turns", where)) {
      for (const element turn : *spoken) {
        add_turn(turn, place, hearing, turns);
        ++place.turn;
      }
    }
    ++place.section;
  }
  return turns;
}

/// Finds where a text stops to be JSON, which simdjson does not say; keeps nothing of what it reads.
class ErrorFinder final : public Json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(std::int64_t /*value*/) override { return true; }
  bool number_unsigned(std::uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(Json::binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override { return true; }
  bool key(std::string& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*elements*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    position_ = position;
    return false;
  }
  /// In words; empty where nothing was found.
  [[nodiscard]] std::string place() const {
    return position_ ? fmt::format(" at byte {}", *position_) : std::string();
  }

 private:
  std::optional<std::size_t> position_;
};

}  // namespace

struct OyezParser::State {
  simdjson::dom::parser parser;
  simdjson::padded_string padded;

  /// The file's content as a JSON object.
  object parse_object(std::string_view content) {
    refuse_foreign_form(content, "an Oyez hearing in JSON");
    padded = simdjson::padded_string(content);
    element root;
    const simdjson::error_code error = parser.parse(padded).get(root);
    if (error == simdjson::UTF8_ERROR) {
      throw RunError(fmt::format("no valid UTF-8 at byte {}; convert the file or fetch it again",
                                 invalid_utf8_at(content).value_or(0)));
    }
    if (error != simdjson::SUCCESS) {
      ErrorFinder finder;
      static_cast<void>(Json::sax_parse(content, &finder));
      throw RunError(fmt::format("no valid JSON{} ({}); fetch the file again", finder.place(),
                                 simdjson::error_message(error)));
    }
    object value;
    if (root.get(value) != simdjson::SUCCESS) wrong("the file", "an object", root);
    return value;
  }
};

OyezParser::OyezParser() : state_(std::make_unique<State>()) {}
OyezParser::~OyezParser() = default;

OyezHearing OyezParser::parse(std::string_view content, std::string_view stem) {
  const object value = state_->parse_object(content);
  const std::optional<element> found = field(value, "transcript");
  if (!found) throw RunError("no Oyez hearing: the field 'transcript' is missing");
  OyezHearing hearing;
  if (found->is_null()) return hearing;
  object transcript;
  if (found->get(transcript) != simdjson::SUCCESS) wrong("transcript", "an object or null", *found);

  Session session;
  session.turns = name_authors(read_turns(transcript, hearing));
  session.session_id = SessionId(std::string(stem));
  session.group = GroupId(std::string(stem.substr(0, stem.rfind("-t"))));
  session.domain = "scotus";
  session.title = optional_text(value, "title", [] { return "the file"; });
  session.date = date_in_title(session.title);
  hearing.session = std::move(session);
  return hearing;
}

}  // namespace recon
