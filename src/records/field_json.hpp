#pragma once

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/json_text.hpp"
#include "recon/records/fields.hpp"
#include "recon/records/records.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

/// How the values of fields are read from JSON, and written. One overload a type.
namespace recon::field_json {

[[noreturn]] inline void wrong_type(std::string_view name, const Json& found, std::string_view expected) {
  throw RunError(fmt::format("field '{}': found {}, expected {}", name, found.type_name(), expected));
}

inline void read(const Json& found, std::string_view name, std::string& into) {
  if (!found.is_string()) wrong_type(name, found, "a string");
  into = found.get_ref<const std::string&>();
}
template <class Tag>
void read(const Json& found, std::string_view name, Id<Tag>& into) {
  if (!found.is_string()) wrong_type(name, found, "a string");
  into = Id<Tag>(found.get<std::string>());
}
inline void read(const Json& found, std::string_view name, double& into) {
  if (!found.is_number()) wrong_type(name, found, "a number");
  into = found.get<double>();
}
inline void read(const Json& found, std::string_view name, int& into) {
  if (!found.is_number_integer()) wrong_type(name, found, "an integer");
  const bool fits = found.is_number_unsigned() ? std::in_range<int>(found.get<std::uint64_t>())
                                               : std::in_range<int>(found.get<std::int64_t>());
  if (!fits)
    throw RunError(fmt::format("field '{}': found {}, expected a smaller number", name, found.dump()));
  into = found.get<int>();
}
inline void read(const Json& found, std::string_view name, std::size_t& into) {
  int number = 0;
  read(found, name, number);
  if (number < 0) throw RunError(fmt::format("field '{}': found {}, expected 0 or more", name, number));
  into = static_cast<std::size_t>(number);
}
inline void read(const Json& found, std::string_view name, bool& into) {
  if (!found.is_boolean()) wrong_type(name, found, "true or false");
  into = found.get<bool>();
}

/// The words of an enumeration, in its order.
template <class Enum>
struct WordsOf;
template <>
struct WordsOf<Split> {
  static constexpr std::array<const char*, 3> words = {"train_0", "train_1", "test"};
};
template <>
struct WordsOf<Outcome> {
  static constexpr std::array<const char*, 5> words = {"a", "b", "tie", "tie_bad", "na"};
};
template <class Enum>
[[nodiscard]] const char* word_of(Enum value) {
  return WordsOf<Enum>::words.at(static_cast<std::size_t>(value));
}
template <class Enum>
requires requires { WordsOf<Enum>::words; }
[[nodiscard]] std::optional<Enum> from_word(std::string_view word) {
  for (std::size_t i = 0; i < WordsOf<Enum>::words.size(); ++i) {
    if (word == WordsOf<Enum>::words[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}
template <class Enum>
requires requires { WordsOf<Enum>::words; }
void read(const Json& found, std::string_view name, Enum& into) {
  std::string word;
  read(found, name, word);
  const auto value = from_word<Enum>(word);
  if (!value)
    throw RunError(fmt::format("field '{}': found '{}', expected one of {}", name, word,
                               fmt::join(WordsOf<Enum>::words, ", ")));
  into = *value;
}

template <class Value>
void read(const Json& found, std::string_view name, std::optional<Value>& into) {
  read(found, name, into.emplace());
}

template <class Record>
requires requires { Record::fields(); }
void read(const Json& found, std::string_view name, Record& into);

/// The fields' names as a message shows them: "{author, text}".
template <class Record>
[[nodiscard]] std::string shape_of() {
  std::string names;
  for_each_field<Record>([&](const auto& field) {
    if (field.presence != Presence::if_set) names += (names.empty() ? "" : ", ") + std::string(field.name);
  });
  return "{" + names + "}";
}

template <class Value>
void read(const Json& found, std::string_view name, std::vector<Value>& into) {
  if (!found.is_array()) wrong_type(name, found, "an array");
  into.clear();
  into.reserve(found.size());
  for (const Json& element : found) {
    if constexpr (requires { Value::fields(); }) {
      if (!element.is_object()) wrong_type(name, element, "an array of " + shape_of<Value>());
    }
    read(element, name, into.emplace_back());
  }
}

template <class Record>
[[nodiscard]] Record read_record(const Json& value) {
  Record record;
  for_each_field<Record>([&](const auto& field) {
    const auto found = value.find(field.name);
    const bool is_there = found != value.end();
    if (field.presence == Presence::required) {
      if (!is_there) throw RunError(fmt::format("field '{}' is missing", field.name));
    } else if (!is_there || found->is_null()) {
      return;
    }
    read(*found, field.name, record.*field.member);
  });
  return record;
}

template <class Record>
requires requires { Record::fields(); }
void read(const Json& found, std::string_view name, Record& into) {
  if (!found.is_object()) wrong_type(name, found, "an object");
  into = read_record<Record>(found);
}

inline bool is_set(const std::string& value) { return !value.empty(); }
template <class Tag>
bool is_set(const Id<Tag>& id) {
  return !id.empty();
}
inline bool is_set(bool value) { return value; }
template <class Value>
bool is_set(const std::optional<Value>& value) {
  return value.has_value();
}
/// A field of any other type is never left out.
template <class Value>
constexpr bool is_set(const Value& /*value*/) {
  return true;
}

template <class Value>
[[nodiscard]] Json json_of(const Value& value);

template <class Record>
[[nodiscard]] Json record_json(const Record& record) {
  Json result = Json::object();
  for_each_field<Record>([&](const auto& field) {
    const auto& value = record.*field.member;
    if (field.presence == Presence::if_set && !is_set(value)) return;
    result[std::string(field.name)] = json_of(value);
  });
  return result;
}

template <class Tag>
const std::string& plain(const Id<Tag>& id) {
  return id.str();
}

template <class Value>
[[nodiscard]] Json json_of(const Value& value) {
  if constexpr (requires { Value::fields(); }) {
    return record_json(value);
  } else if constexpr (requires { WordsOf<Value>::words; }) {
    return word_of(value);
  } else if constexpr (requires { plain(value); }) {
    return plain(value);
  } else if constexpr (requires { value.has_value(); }) {
    return value ? json_of(*value) : Json(nullptr);
  } else if constexpr (requires { value.begin(); } && !std::is_same_v<Value, std::string>) {
    Json list = Json::array();
    for (const auto& element : value) list.push_back(json_of(element));
    return list;
  } else {
    return value;
  }
}

/// Appends what `json_of(value).dump()` gives, quickly. False, with anything appended, where that would
/// throw.
template <class Value>
[[nodiscard]] bool append(std::string& into, const Value& value);

template <class Record>
[[nodiscard]] bool append_record(std::string& into, const Record& record) {
  bool good = true;
  bool first = true;
  for_each_field<Record>([&](const auto& field) {
    const auto& value = record.*field.member;
    if (field.presence == Presence::if_set && !is_set(value)) return;
    into += first ? "{\"" : ",\"";
    into += field.name;
    into += "\":";
    first = false;
    good = append(into, value) && good;
  });
  into += first ? "{}" : "}";
  return good;
}

template <class Value>
[[nodiscard]] bool append(std::string& into, const Value& value) {
  if constexpr (requires { Value::fields(); }) {
    return append_record(into, value);
  } else if constexpr (requires { WordsOf<Value>::words; }) {
    return append_json_string(into, word_of(value));
  } else if constexpr (requires { plain(value); }) {
    return append_json_string(into, plain(value));
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return append_json_string(into, value);
  } else if constexpr (requires { value.has_value(); }) {
    if (value) return append(into, *value);
    into += "null";
    return true;
  } else if constexpr (requires { value.begin(); }) {
    bool good = true;
    into += '[';
    for (bool first = true; const auto& element : value) {
      if (!first) into += ',';
      first = false;
      good = append(into, element) && good;
    }
    into += ']';
    return good;
  } else if constexpr (std::is_same_v<Value, bool>) {
    into += value ? "true" : "false";
    return true;
  } else if constexpr (std::is_integral_v<Value>) {
    append_json_integer(into, value);
    return true;
  } else {
    return append_json_number(into, value);
  }
}

}  // namespace recon::field_json
