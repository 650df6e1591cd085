#include "recon/records/record_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "field_json.hpp"
#include <simdjson.h>

namespace recon {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

bool read(element value, std::string& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into.assign(text);
  return true;
}
template <class Tag>
bool read(element value, Id<Tag>& into) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  into = Id<Tag>(std::string(text));
  return true;
}
bool read(element value, int& into) {
  std::int64_t number = 0;
  if (value.type() != simdjson::dom::element_type::INT64 ||
      value.get_int64().get(number) != simdjson::SUCCESS || !std::in_range<int>(number)) {
    return false;
  }
  into = static_cast<int>(number);
  return true;
}
bool read(element value, std::size_t& into) {
  int number = 0;
  if (!read(value, number) || number < 0) return false;
  into = static_cast<std::size_t>(number);
  return true;
}
bool read(element value, double& into) { return value.get_double().get(into) == simdjson::SUCCESS; }
bool read(element value, bool& into) { return value.get_bool().get(into) == simdjson::SUCCESS; }
template <class Enum>
requires requires { field_json::WordsOf<Enum>::words; }
bool read(element value, Enum& into) {
  std::string_view word;
  if (value.get_string().get(word) != simdjson::SUCCESS) return false;
  const auto known = field_json::from_word<Enum>(word);
  if (known) into = *known;
  return known.has_value();
}
template <class Value>
bool read(element value, std::optional<Value>& into) {
  return read(value, into.emplace());
}
template <class Record>
requires requires { Record::fields(); }
bool read(element value, Record& into);
/// Elements that are there already are used again, with the memory of their texts.
template <class Value>
bool read(element value, std::vector<Value>& into) {
  simdjson::dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  std::size_t count = 0;
  for (const element one : list) {
    if (count == into.size()) into.emplace_back();
    if (!read(one, into[count])) return false;
    ++count;
  }
  into.resize(count);
  return true;
}

/// How one field is read into a record.
template <class Record>
struct QuickField {
  std::string_view name;
  bool required;
  bool (*read)(element value, Record& into);
  void (*clear)(Record& into);  ///< what the record had before counts for nothing
};

template <class Record, std::size_t index>
QuickField<Record> quick_field() {
  static constexpr auto descriptor = std::get<index>(Record::fields());
  return {descriptor.name, descriptor.presence == Presence::required,
          [](element value, Record& into) {
            if (descriptor.presence != Presence::required && value.is_null()) return true;
            return read(value, into.*descriptor.member);
          },
          [](Record& into) { into.*descriptor.member = {}; }};
}

template <class Record>
const auto& quick_fields() {
  static const auto fields = []<std::size_t... index>(std::index_sequence<index...>) {
    return std::array{quick_field<Record, index>()...};
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(Record::fields())>>());
  return fields;
}

/// The last one counts where a field stands twice, as in the slow way; unknown ones are ignored.
template <class Record>
bool read_fields(object line, Record& into) {
  const auto& fields = quick_fields<Record>();
  constexpr std::size_t count = std::tuple_size_v<decltype(Record::fields())>;
  static_assert(count <= 32);
  std::uint32_t missing = 0;
  for (std::size_t index = 0; index < count; ++index) {
    if (fields[index].required) {
      missing |= std::uint32_t{1} << index;
    } else {
      fields[index].clear(into);
    }
  }
  std::size_t expected = 0;  // records are mostly written with their fields in order
  for (const auto found : line) {
    for (std::size_t tried = 0; tried < count; ++tried) {
      const std::size_t index = (expected + tried) % count;
      if (found.key != fields[index].name) continue;
      if (!fields[index].required) fields[index].clear(into);
      if (!fields[index].read(found.value, into)) return false;
      missing &= ~(std::uint32_t{1} << index);
      expected = index + 1;
      break;
    }
  }
  return missing == 0;
}

template <class Record>
requires requires { Record::fields(); }
bool read(element value, Record& into) {
  object fields;
  return value.get_object().get(fields) == simdjson::SUCCESS && read_fields(fields, into);
}

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

  template <class Record>
  bool read(const std::string& text, Record& into) {
    const auto line = parse(text);
    return line && read_fields(*line, into);
  }
};

RecordReader::RecordReader() : state_(std::make_unique<State>()) {}
RecordReader::~RecordReader() = default;

bool RecordReader::read_quickly(const std::string& text, Pair& into) { return state_->read(text, into); }
bool RecordReader::read_quickly(const std::string& text, Candidate& into) { return state_->read(text, into); }
bool RecordReader::read_quickly(const std::string& text, Reconstruction& into) {
  return state_->read(text, into);
}
bool RecordReader::read_quickly(const std::string& text, Judgment& into) { return state_->read(text, into); }
bool RecordReader::read_quickly(const std::string& text, Trace& into) { return state_->read(text, into); }
bool RecordReader::read_quickly(const std::string& text, Action& into) { return state_->read(text, into); }

}  // namespace recon
