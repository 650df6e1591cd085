#include "recon/core/loose_json.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace recon {
namespace {

using State = FoundValue::State;

/// Attempts to read a value begin at every bracket, so that parts of a text are read several times: at most
/// once a level of depth where quotes are balanced. This is beyond that, for texts in which they are not.
constexpr std::size_t most_work_per_byte = std::size_t{2} * deepest_loose_json;
constexpr std::size_t longest_bare_key = 64;

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

bool is_bare_key_byte(char c) {
  const char lower = ascii_lower_case(c);
  return (lower >= 'a' && lower <= 'z') || is_ascii_digit(c) || c == '_' || c == '-' || c == ' ';
}

/// Goes through a text byte by byte, or through what a text says whose quotes are escaped once.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at, bool escaped) : text_(text), at_(at), escaped_(escaped) {}

  /// An escaped value ends where the text around it does: at a quote that is not escaped.
  [[nodiscard]] bool at_end() const { return text_ended() || (escaped_ && text_[at_] == '"'); }
  [[nodiscard]] bool text_ended() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }
  /// 0 at the end.
  [[nodiscard]] char peek() const {
    if (at_end()) return '\0';
    if (!is_escape()) return text_[at_];
    switch (text_[at_ + 1]) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      default:
        return text_[at_ + 1];
    }
  }
  [[nodiscard]] char peek_second() const {
    Cursor next = *this;
    next.advance();
    return next.peek();
  }
  void advance() {
    if (!at_end()) at_ += is_escape() ? 2 : 1;
  }
  /// Whether this stands here; goes past it then. For what no escape can stand for.
  bool take(std::string_view bytes) {
    if (text_.substr(at_, bytes.size()) != bytes) return false;
    at_ += bytes.size();
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_;
  bool escaped_;

  [[nodiscard]] bool is_escape() const {
    return escaped_ && text_[at_] == '\\' && at_ + 1 < text_.size() &&
           std::string_view("\"\\/nrt'").find(text_[at_ + 1]) != std::string_view::npos;
  }
};

/// Reads one object or list from where it begins.
class Reader {
 public:
  Reader(std::string_view text, std::size_t begin, bool escaped) : cursor_(text, begin, escaped) {}

  State read(LooseValue& into) { return ended(read_value(into, 0)); }
  [[nodiscard]] std::size_t position() const { return cursor_.position(); }
  /// Whether more than brackets and white space was read.
  [[nodiscard]] bool read_content() const { return content_; }
  [[nodiscard]] bool opened_quote() const { return quote_; }

 private:
  Cursor cursor_;
  bool content_ = false;
  bool quote_ = false;

  /// An escaped value that ends too early is not cut: the text goes on after it.
  [[nodiscard]] State ended(State state) const {
    return state == State::broken_off && !cursor_.text_ended() ? State::malformed : state;
  }

  void skip_line() {
    while (!cursor_.at_end() && cursor_.peek() != '\n') cursor_.advance();
  }

  void skip_block_comment() {
    cursor_.advance();
    cursor_.advance();
    while (!cursor_.at_end() && !(cursor_.peek() == '*' && cursor_.peek_second() == '/')) cursor_.advance();
    cursor_.advance();
    cursor_.advance();
  }

  [[nodiscard]] bool at_comment() const {
    return cursor_.peek() == '#' || (cursor_.peek() == '/' && (cursor_.peek_second() == '/' ||  //
                                                               cursor_.peek_second() == '*'));
  }

  /// White space and comments; true where a line ended among them.
  bool skip_space() {
    bool line_ended = false;
    while (!cursor_.at_end()) {
      const char c = cursor_.peek();
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        line_ended = line_ended || c == '\n';
        cursor_.advance();
      } else if (at_comment()) {
        if (c == '/' && cursor_.peek_second() == '*') {
          skip_block_comment();
        } else {
          skip_line();
        }
      } else if (!cursor_.take("\xC2\xA0") && !cursor_.take("\xE2\x80\x8B") &&
                 !cursor_.take("\xEF\xBB\xBF")) {
        break;
      }
    }
    return line_ended;
  }

  /// Opens a text with quotes; what may close it, or nothing where none begins here.
  std::vector<std::string_view> open_text() {
    if (cursor_.peek() == '"') {
      cursor_.advance();
      return {"\""};
    }
    if (cursor_.peek() == '\'') {
      cursor_.advance();
      return {"'"};
    }
    if (cursor_.take("\xE2\x80\x9C") || cursor_.take("\xE2\x80\x9D")) return {"\xE2\x80\x9D", "\xE2\x80\x9C"};
    if (cursor_.take("\xE2\x80\x98") || cursor_.take("\xE2\x80\x99")) return {"\xE2\x80\x99"};
    return {};
  }

  bool close_text(const std::vector<std::string_view>& closings) {
    for (const std::string_view closing : closings) {
      if (closing.size() == 1 && cursor_.peek() == closing.front()) {
        cursor_.advance();
        return true;
      }
      if (closing.size() > 1 && cursor_.take(closing)) return true;
    }
    return false;
  }

  std::optional<std::uint32_t> read_four_digits() {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = ascii_lower_case(cursor_.peek());
      if (!is_ascii_digit(c) && !(c >= 'a' && c <= 'f')) return std::nullopt;
      unit = unit * 16 + static_cast<std::uint32_t>(is_ascii_digit(c) ? c - '0' : c - 'a' + 10);
      cursor_.advance();
    }
    return unit;
  }

  /// After `\u`.
  void read_code_point(std::string& into) {
    constexpr std::uint32_t replacement = 0xfffd;
    const auto unit = read_four_digits();
    if (!unit || (*unit >= 0xdc00 && *unit <= 0xdfff)) return append_utf8(into, replacement);
    if (*unit < 0xd800 || *unit > 0xdfff) return append_utf8(into, *unit);
    if (cursor_.peek() != '\\' || cursor_.peek_second() != 'u') return append_utf8(into, replacement);
    cursor_.advance();
    cursor_.advance();
    const auto low = read_four_digits();
    const bool pairs = low && *low >= 0xdc00 && *low <= 0xdfff;
    append_utf8(into, pairs ? 0x10000 + ((*unit - 0xd800) << 10U) + (*low - 0xdc00) : replacement);
  }

  /// After a backslash. What needs none stands for itself, as in `tie\_bad`.
  void read_escape(std::string& into) {
    const char c = cursor_.peek();
    cursor_.advance();
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view meanings = "\b\f\n\r\t";
    if (c == 'u') {
      read_code_point(into);
    } else if (const std::size_t named = names.find(c); named != std::string_view::npos) {
      into += meanings[named];
    } else {
      into += c;
    }
  }

  State read_text(std::string& into, const std::vector<std::string_view>& closings) {
    content_ = quote_ = true;
    while (!cursor_.at_end()) {
      if (close_text(closings)) return State::complete;
      const char c = cursor_.peek();
      cursor_.advance();
      if (c != '\\') {
        into += c;
      } else if (cursor_.at_end()) {
        break;
      } else {
        read_escape(into);
      }
    }
    return State::broken_off;
  }

  State read_bare_value(LooseValue& into) {
    std::string text;
    bool in_angles = false;
    for (; !cursor_.at_end(); cursor_.advance()) {
      const char c = cursor_.peek();
      if (c == '\n') break;
      if (!in_angles) {
        if (c == ',' || c == '}' || c == ']' || at_comment()) break;
        if (c == '{' || c == '[' || c == '"') return State::malformed;
      }
      in_angles = c == '<' || (in_angles && c != '>');
      text += c;
    }
    content_ = content_ || !trim(text).empty();
    if (cursor_.at_end()) return State::broken_off;
    into.text = std::string(trim(text));
    const auto number = read_loose_number(into.text);
    into.kind = number ? LooseValue::Kind::number : LooseValue::Kind::bare_text;
    into.number = number.value_or(0);
    return State::complete;
  }

  State read_value(LooseValue& into, int depth) {
    if (cursor_.at_end()) return State::broken_off;
    if (cursor_.peek() == '{' || cursor_.peek() == '[') {
      if (depth >= deepest_loose_json) return State::malformed;
      const bool object = cursor_.peek() == '{';
      cursor_.advance();
      into.kind = object ? LooseValue::Kind::object : LooseValue::Kind::list;
      return object ? read_object(into, depth) : read_list(into, depth);
    }
    if (const auto closings = open_text(); !closings.empty()) {
      into.kind = LooseValue::Kind::text;
      return read_text(into.text, closings);
    }
    return read_bare_value(into);
  }

  State read_key(std::string& into) {
    if (const auto closings = open_text(); !closings.empty()) return read_text(into, closings);
    while (is_bare_key_byte(cursor_.peek()) && into.size() < longest_bare_key) {
      into += cursor_.peek();
      cursor_.advance();
    }
    content_ = content_ || !into.empty();
    if (cursor_.at_end()) return State::broken_off;
    into = std::string(trim(into));
    return into.empty() ? State::malformed : State::complete;
  }

  [[nodiscard]] bool at_quote() const {
    Reader look = *this;
    return !look.open_text().empty();
  }

  /// What stands for more of the same.
  bool skip_dots() {
    bool skipped = false;
    while (cursor_.take(".") || cursor_.take("\xE2\x80\xA6")) skipped = true;
    return skipped;
  }

  State read_object(LooseValue& into, int depth) {
    bool separated = true;
    for (;;) {
      const bool line_ended = skip_space();
      if (cursor_.at_end()) return State::broken_off;
      if (cursor_.peek() == '}') {
        cursor_.advance();
        return State::complete;
      }
      if (cursor_.peek() == ',') {
        cursor_.advance();
        separated = true;
        continue;
      }
      if (!separated && !(line_ended && at_quote())) return State::malformed;
      if (skip_dots()) continue;
      LooseMember member;
      State state = read_key(member.key);
      if (state != State::complete) return state;
      skip_space();
      if (cursor_.at_end()) return State::broken_off;
      if (cursor_.peek() != ':') return State::malformed;
      cursor_.advance();
      // The line may end between key and value, but not within a value that is missing.
      skip_space();
      state = read_value(member.value, depth + 1);
      into.members.push_back(std::move(member));
      if (state != State::complete) return state;
      separated = false;
    }
  }

  State read_list(LooseValue& into, int depth) {
    bool separated = true;
    for (;;) {
      const bool line_ended = skip_space();
      if (cursor_.at_end()) return State::broken_off;
      const char c = cursor_.peek();
      if (c == ']') {
        cursor_.advance();
        return State::complete;
      }
      if (c == ',') {
        cursor_.advance();
        separated = true;
        continue;
      }
      if (!separated && !(c == '{' && into.members.back().value.is_object()) && !(line_ended && at_quote()))
        return State::malformed;
      if (c == '}') return State::malformed;
      LooseMember element;
      const State state = read_value(element.value, depth + 1);
      if (state == State::complete || !element.value.members.empty())
        into.members.push_back(std::move(element));
      if (state != State::complete) return state;
      separated = false;
    }
  }
};

/// Whether the brackets here are followed by an escaped quote.
bool begins_escaped(std::string_view text, std::size_t at) {
  constexpr std::size_t farthest = 64;
  const std::size_t end = std::min(text.size(), at + farthest);
  while (at < end) {
    const char c = text[at];
    if (c == '\\' && at + 1 < end && text[at + 1] == '"') return true;
    if (c == '\\' && at + 1 < end && std::string_view("nrt").find(text[at + 1]) != std::string_view::npos) {
      at += 2;
    } else if (c == '{' || c == '[' || c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at;
    } else {
      return false;
    }
  }
  return false;
}

/// Whether there is enough of a value that was not read to its end to take it for one.
bool is_worth_telling(const FoundValue& found, const Reader& reader) {
  switch (found.state) {
    case State::complete:
      return true;
    case State::malformed:
      return !found.value.members.empty();
    case State::broken_off:
      return !found.value.members.empty() || reader.opened_quote() || !reader.read_content();
  }
  return false;
}

}  // namespace

LooseScan scan_loose_json(std::string_view text, std::size_t (*skip)(std::string_view, std::size_t)) {
  LooseScan scan;
  std::size_t work = 0;
  const std::size_t most_work = most_work_per_byte * (text.size() + 1);
  for (std::size_t at = 0; at < text.size();) {
    if (skip != nullptr) {
      const std::size_t next = skip(text, at);
      if (next > at) {
        at = next;
        continue;
      }
    }
    if (text[at] != '{' && text[at] != '[') {
      ++at;
      continue;
    }
    FoundValue found;
    found.begin = at;
    Reader reader(text, at, begins_escaped(text, at));
    found.state = reader.read(found.value);
    found.end = reader.position();
    work += found.end - found.begin + 1;
    at = found.state == State::complete ? found.end : at + 1;
    if (is_worth_telling(found, reader)) scan.found.push_back(std::move(found));
    if (work > most_work) {
      scan.given_up = true;
      return scan;
    }
  }
  return scan;
}

std::optional<LooseValue> read_loose_json(std::string_view text) {
  text = trim(text);
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return std::nullopt;
  LooseValue value;
  Reader reader(text, 0, begins_escaped(text, 0));
  if (reader.read(value) != State::complete || reader.position() != text.size()) return std::nullopt;
  return value;
}

std::optional<double> read_loose_number(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  // Words such as "inf" are numbers to from_chars.
  if (text.empty() || (!is_ascii_digit(text.front()) && text.front() != '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace recon
