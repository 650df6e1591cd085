#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

struct LooseMember;

/// A JSON value as a language model may write it. Besides JSON it may have comments (`//`, `/* */`, `#`),
/// commas too many or, at the end of a line, too few, keys and texts without quotes or in other ones, numbers
/// such as `.5` and `+1`, and line breaks in texts. What a text without quotes means (`true`, `NaN`, `A|B`,
/// `<0..1>`) is left to the caller.
struct LooseValue {
  enum class Kind : std::uint8_t { object, list, text, bare_text, number };
  Kind kind = Kind::bare_text;
  std::string text;                  ///< of a text, and of a number as it was written
  double number = 0;                 ///< finite
  std::vector<LooseMember> members;  ///< in the order of the text; of a list without keys

  [[nodiscard]] bool is_object() const { return kind == Kind::object; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  /// With quotes or without.
  [[nodiscard]] bool is_text() const { return kind == Kind::text || kind == Kind::bare_text; }
};

/// A key that stands twice is there twice.
struct LooseMember {
  std::string key;
  LooseValue value;
};

/// An object or a list that was found in a text, or what could be read of one.
struct FoundValue {
  enum class State : std::uint8_t {
    complete,
    malformed,   ///< something else stood where it should have gone on
    broken_off,  ///< the text ends inside it
  };
  std::size_t begin = 0;
  std::size_t end = 0;  ///< one past it, or where it could not be read further
  State state = State::complete;
  LooseValue value;  ///< of one that is not complete: the members that were read before
};

/// What stands in a text.
struct LooseScan {
  /// Every object and list that lies in no complete one, by where it begins. What is not complete counts only
  /// if a member of it could be read, or if the text ends right in its beginning; parts of it that are
  /// complete follow it.
  std::vector<FoundValue> found;
  /// The text was too convoluted to be read to its end.
  bool given_up = false;
};

/// How deep values are read; what is deeper is malformed.
inline constexpr int deepest_loose_json = 16;

/// Finds the objects and lists in a text of any kind. Takes time in proportion to the text's length, whatever
/// it is. One whose quotes are all escaped once (`{\"a\": 1}`) is read as what it was before.
/// `skip` names places to jump over: called with a position outside of what was read, it returns where to go
/// on (its argument for going on there).
[[nodiscard]] LooseScan scan_loose_json(std::string_view text,
                                        std::size_t (*skip)(std::string_view, std::size_t) = nullptr);

/// A text that is one object or list and nothing else but white space.
[[nodiscard]] std::optional<LooseValue> read_loose_json(std::string_view text);

/// A text that is one number and nothing else: `0.8`, `.8`, `1e-2`; nullopt for anything else and for what is
/// not finite.
[[nodiscard]] std::optional<double> read_loose_number(std::string_view text);

}  // namespace recon
