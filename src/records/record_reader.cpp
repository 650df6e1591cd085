#include "recon/records/record_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include <simdjson.h>

namespace recon {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

bool read_text(element value, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into.assign(text);
  return true;
}

template <class Tag>
bool read_id(element value, Id<Tag>& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into = Id<Tag>(std::string(text));
  return true;
}

bool read_integer(element value, int& into) {
  std::int64_t number = 0;
  if (value.type() != simdjson::dom::element_type::INT64 ||
      value.get_int64().get(number) != simdjson::SUCCESS || !std::in_range<int>(number)) {
    return false;
  }
  into = static_cast<int>(number);
  return true;
}

bool read_number(element value, double& into) { return value.get_double().get(into) == simdjson::SUCCESS; }

bool read_split(element value, Split& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  for (const Split split : {Split::train_0, Split::train_1, Split::test}) {
    if (text == to_string(split)) {
      into = split;
      return true;
    }
  }
  return false;
}

bool read_turn(element value, Turn& into) {
  object fields;
  if (value.get_object().get(fields) != simdjson::SUCCESS) return false;
  into.id.clear();
  bool author = false, text = false;
  for (const auto field : fields) {
    if (field.key == "author") {
      if (!(author = read_text(field.value, into.author))) return false;
    } else if (field.key == "text") {
      if (!(text = read_text(field.value, into.text))) return false;
    } else if (field.key == "id" && !read_text(field.value, into.id)) {
      return false;
    }
  }
  return author && text;
}

bool read_turns(element value, std::vector<Turn>& into) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  std::size_t count = 0;
  for (const element turn : list) {
    if (count == into.size()) into.emplace_back();
    if (!read_turn(turn, into[count])) return false;
    ++count;
  }
  into.resize(count);
  return true;
}

/// How one field is read into a record.
template <class Record>
struct Field {
  std::string_view name;
  bool (*read)(element value, Record& into);
};

/// The `fields`, the last one counting where one stands twice, as in the slow way; others are ignored. The
/// first `needed` ones must be there.
template <class Record, std::size_t count>
bool read_fields(object line, const std::array<Field<Record>, count>& fields, std::size_t needed,
                 Record& into) {
  std::uint32_t seen = 0;
  std::size_t expected = 0;  // records are mostly written with their fields in order
  for (const auto found : line) {
    for (std::size_t tried = 0; tried < count; ++tried) {
      const std::size_t index = (expected + tried) % count;
      if (found.key != fields[index].name) continue;
      if (!fields[index].read(found.value, into)) return false;
      seen |= std::uint32_t{1} << index;
      expected = index + 1;
      break;
    }
  }
  const std::uint32_t all_needed = (std::uint32_t{1} << needed) - 1;
  return (seen & all_needed) == all_needed;
}

/// One fact in two fields: whatever comes in another order than it is written is left to the slow way.
bool read_context_cut(element value, Pair& into) {
  bool cut = false;
  if (into.context_gap != ContextGap::none || value.get_bool().get(cut) != simdjson::SUCCESS) return false;
  if (cut) into.context_gap = ContextGap::at_beginning;
  return true;
}

bool read_first_kept(element value, Pair& into) {
  bool kept = false;
  if (value.get_bool().get(kept) != simdjson::SUCCESS) return false;
  if (!kept) return true;
  if (into.context_gap != ContextGap::at_beginning) return false;
  into.context_gap = ContextGap::after_first;
  return true;
}

constexpr std::array<Field<Pair>, 12> pair_fields = {{
    {"pair_id", [](element value, Pair& into) { return read_id(value, into.pair_id); }},
    {"user", [](element value, Pair& into) { return read_id(value, into.user); }},
    {"author", [](element value, Pair& into) { return read_text(value, into.author); }},
    {"domain", [](element value, Pair& into) { return read_text(value, into.domain); }},
    {"session_id", [](element value, Pair& into) { return read_id(value, into.session_id); }},
    {"group", [](element value, Pair& into) { return read_id(value, into.group); }},
    {"turn",
     [](element value, Pair& into) {
       int turn = 0;
       if (!read_integer(value, turn) || turn < 0) return false;
       into.turn = static_cast<std::size_t>(turn);
       return true;
     }},
    {"split", [](element value, Pair& into) { return read_split(value, into.split); }},
    {"context", [](element value, Pair& into) { return read_turns(value, into.context); }},
    {"action", [](element value, Pair& into) { return read_text(value, into.action); }},
    {"context_cut", read_context_cut},
    {"context_first_kept", read_first_kept},
}};
constexpr std::size_t pair_fields_needed = 10;

constexpr std::array<Field<Candidate>, 5> candidate_fields = {{
    {"pair_id", [](element value, Candidate& into) { return read_id(value, into.pair_id); }},
    {"candidate", [](element value, Candidate& into) { return read_integer(value, into.candidate); }},
    {"reasoning", [](element value, Candidate& into) { return read_text(value, into.reasoning); }},
    {"copied", [](element value, Candidate& into) { return read_number(value, into.copied); }},
    {"model", [](element value, Candidate& into) { return read_text(value, into.model); }},
}};

constexpr std::array<Field<Reconstruction>, 5> reconstruction_fields = {{
    {"pair_id", [](element value, Reconstruction& into) { return read_id(value, into.pair_id); }},
    {"candidate", [](element value, Reconstruction& into) { return read_integer(value, into.candidate); }},
    {"sample", [](element value, Reconstruction& into) { return read_integer(value, into.sample); }},
    {"action", [](element value, Reconstruction& into) { return read_text(value, into.action); }},
    {"model", [](element value, Reconstruction& into) { return read_text(value, into.model); }},
}};

constexpr std::array<Field<Trace>, 6> trace_fields = {{
    {"pair_id", [](element value, Trace& into) { return read_id(value, into.pair_id); }},
    {"method", [](element value, Trace& into) { return read_text(value, into.method); }},
    {"reasoning", [](element value, Trace& into) { return read_text(value, into.reasoning); }},
    {"candidate",
     [](element value, Trace& into) {
       into.candidate.reset();
       return value.is_null() || read_integer(value, into.candidate.emplace());
     }},
    {"score",
     [](element value, Trace& into) {
       into.score.reset();
       return value.is_null() || read_number(value, into.score.emplace());
     }},
    {"copying",
     [](element value, Trace& into) { return value.get_bool().get(into.copying) == simdjson::SUCCESS; }},
}};
constexpr std::size_t trace_fields_needed = 3;

constexpr std::array<Field<Action>, 4> action_fields = {{
    {"pair_id", [](element value, Action& into) { return read_id(value, into.pair_id); }},
    {"method", [](element value, Action& into) { return read_text(value, into.method); }},
    {"action", [](element value, Action& into) { return read_text(value, into.action); }},
    {"model", [](element value, Action& into) { return read_text(value, into.model); }},
}};

}  // namespace

struct RecordReader::State {
  simdjson::dom::parser parser;
  std::string padded;

  [[nodiscard]] std::optional<object> parse(const std::string& text) {
    if (padded.capacity() < text.size() + simdjson::SIMDJSON_PADDING)
      padded.reserve(2 * text.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(text);
    object line;
    if (parser.parse(padded).get_object().get(line) != simdjson::SUCCESS) return std::nullopt;
    return line;
  }

  template <class Record, std::size_t count>
  bool read(const std::string& text, const std::array<Field<Record>, count>& fields, Record& into,
            std::size_t needed = count) {
    const auto line = parse(text);
    return line && read_fields(*line, fields, needed, into);
  }
};

RecordReader::RecordReader() : state_(std::make_unique<State>()) {}
RecordReader::~RecordReader() = default;

bool RecordReader::read_quickly(const std::string& text, Pair& into) {
  into.context_gap = ContextGap::none;
  return state_->read(text, pair_fields, into, pair_fields_needed);
}

bool RecordReader::read_quickly(const std::string& text, Candidate& into) {
  return state_->read(text, candidate_fields, into);
}

bool RecordReader::read_quickly(const std::string& text, Reconstruction& into) {
  return state_->read(text, reconstruction_fields, into);
}

bool RecordReader::read_quickly(const std::string& text, Trace& into) {
  into.candidate.reset();
  into.score.reset();
  into.copying = false;
  return state_->read(text, trace_fields, into, trace_fields_needed);
}

bool RecordReader::read_quickly(const std::string& text, Action& into) {
  return state_->read(text, action_fields, into);
}

}  // namespace recon
