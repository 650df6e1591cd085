#include "framed_json.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace recon {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
/// Replies nest some ten levels; the reader calls itself for each.
constexpr int deepest = 256;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_alphanumeric(char c) {
  const char low = ascii_lower_case(c);
  return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z');
}
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80U; }

bool is_high_half(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_half(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }
std::uint32_t joined(std::uint32_t high, std::uint32_t low) {
  return 0x10000U + ((high - 0xD800U) << 10) + (low - 0xDC00U);
}

/// Reads one body from its beginning to its end.
class LooseReader {
 public:
  explicit LooseReader(std::string_view body) : body_(body) {}

  std::optional<LooseDocuments> read() {
    while (skip_between()) {
      if (take("[DONE]")) {
        found_.is_done = true;
        ++found_.repaired;
        continue;
      }
      Json document;
      if (!value(document, 0)) return std::nullopt;
      if (is_error_event_ && document.is_object() && !document.contains("error"))
        document = Json{{"error", std::move(document)}};
      is_error_event_ = false;
      found_.documents.push_back(std::move(document));
    }
    if (failed_) return std::nullopt;
    return std::move(found_);
  }

 private:
  std::string_view body_;
  std::size_t at_ = 0;
  bool failed_ = false;
  bool is_error_event_ = false;
  LooseDocuments found_;

  [[nodiscard]] std::string_view rest() const { return body_.substr(at_); }
  [[nodiscard]] bool at_end() const { return at_ >= body_.size(); }
  bool take(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::string_view take_line() {
    const std::size_t end = body_.find_first_of("\r\n", at_);
    const std::string_view line = body_.substr(at_, end == std::string_view::npos ? end : end - at_);
    at_ += line.size();
    return line;
  }

  /// A field of an event stream other than the data itself, or the name of the data field.
  bool take_stream_field() {
    if (take("data:")) {
      ++found_.repaired;
    } else if (take("event:")) {
      is_error_event_ = trim(take_line()) == "error";
    } else if (take("id:") || take("retry:") || take(":")) {
      static_cast<void>(take_line());
    } else {
      return false;
    }
    return true;
  }

  /// To the next document; false at the end and where words stand that are none of these.
  bool skip_between() {
    while (!at_end()) {
      const char c = body_[at_];
      if (is_space(c)) {
        ++at_;
      } else if (c == '{' || c == '[') {
        return true;
      } else if (take(byte_order_mark)) {
        ++found_.repaired;
      } else if (!take_stream_field()) {
        // A stray byte does no harm to what is whole; words may be about what went wrong.
        const bool is_word = is_ascii(c) ? is_alphanumeric(c) : invalid_utf8_at(rest().substr(0, 4)) != 0U;
        if (is_word) {
          failed_ = true;
          return false;
        }
        ++at_;
        ++found_.repaired;
      }
    }
    return false;
  }

  /// White space within a document. One that spans several lines has the field's name on each in a stream.
  void skip_space() {
    while (!at_end()) {
      const bool is_line_end = body_[at_] == '\n';
      if (body_[at_] == '\0') {
        ++found_.repaired;
      } else if (!is_space(body_[at_])) {
        return;
      }
      ++at_;
      if (is_line_end) take("data:");
    }
  }

  bool value(Json& out, int depth) {
    skip_space();
    if (at_end() || depth > deepest) return false;
    switch (body_[at_]) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"': {
        std::string text;
        if (!string(text)) return false;
        out = std::move(text);
        return true;
      }
      default:
        return word_or_number(out);
    }
  }

  /// After an entry: true where the list goes on. A comma before the end is one too many.
  bool goes_on(char closing, bool& is_closed) {
    skip_space();
    if (at_end()) return false;
    const bool has_comma = body_[at_] == ',';
    if (has_comma) ++at_;
    skip_space();
    if (at_end()) return false;
    is_closed = body_[at_] == closing;
    if (is_closed) {
      ++at_;
      if (has_comma) ++found_.repaired;
      return false;
    }
    return has_comma;
  }

  bool object(Json& out, int depth) {
    out = Json::object();
    ++at_;
    skip_space();
    if (take("}")) return true;
    bool is_closed = false;
    do {
      skip_space();
      std::string key;
      if (at_end() || body_[at_] != '"' || !string(key)) return false;
      skip_space();
      if (!take(":")) return false;
      Json entry;
      if (!value(entry, depth + 1)) return false;
      out[key] = std::move(entry);
    } while (goes_on('}', is_closed));
    return is_closed;
  }

  bool array(Json& out, int depth) {
    out = Json::array();
    ++at_;
    skip_space();
    if (take("]")) return true;
    bool is_closed = false;
    do {
      Json entry;
      if (!value(entry, depth + 1)) return false;
      out.push_back(std::move(entry));
    } while (goes_on(']', is_closed));
    return is_closed;
  }

  bool string(std::string& out) {
    ++at_;
    while (!at_end()) {
      const char c = body_[at_++];
      if (c == '"') return true;
      if (c == '\\') {
        escape(out);
        continue;
      }
      // NUL is counted where it is taken out.
      if (is_ascii(c) && c < ' ' && c != '\0') ++found_.repaired;
      out.push_back(c);
    }
    return false;
  }

  /// What stands after a backslash. What is no escape stands for itself.
  void escape(std::string& out) {
    if (at_end()) return;
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t known = names.find(body_[at_]);
    if (known != std::string_view::npos) {
      out.push_back(meanings[known]);
      ++at_;
      return;
    }
    const auto unit = code_unit(at_);
    if (!unit) {
      if (body_[at_] != '\'') out.push_back('\\');
      ++found_.repaired;
      return;
    }
    at_ += 5;
    const auto next = is_high_half(*unit) && rest().starts_with("\\") ? code_unit(at_ + 1) : std::nullopt;
    if (next && is_low_half(*next)) {
      at_ += 6;
      append_utf8(out, joined(*unit, *next));
    } else {
      append_utf8(out, *unit);
    }
  }

  /// Of `u` and four hexadecimal digits.
  [[nodiscard]] std::optional<std::uint32_t> code_unit(std::size_t at) const {
    if (at + 5 > body_.size() || body_[at] != 'u') return std::nullopt;
    std::uint32_t unit = 0;
    const char* end = body_.data() + at + 5;
    const auto [stopped, error] = std::from_chars(body_.data() + at + 1, end, unit, 16);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return unit;
  }

  bool word_or_number(Json& out) {
    std::size_t end = at_;
    while (end < body_.size() &&
           (is_alphanumeric(body_[end]) || body_[end] == '-' || body_[end] == '+' || body_[end] == '.'))
      ++end;
    const std::string_view token = body_.substr(at_, end - at_);
    at_ = end;
    out = Json::parse(token, nullptr, false);
    if (!out.is_discarded()) return out.is_primitive();
    ++found_.repaired;
    return not_finite(token, out) || number(token, out);
  }

  static bool not_finite(std::string_view token, Json& out) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
    constexpr std::array<std::pair<std::string_view, double>, 4> words{
        {{"nan", not_a_number}, {"infinity", infinity}, {"inf", infinity}, {"nan(ind)", not_a_number}}};
    const bool is_negative = token.starts_with("-");
    if (is_negative || token.starts_with("+")) token.remove_prefix(1);
    const std::string low = ascii_lower_case(token);
    for (const auto& [word, meaning] : words) {
      if (low != word) continue;
      out = is_negative ? -meaning : meaning;
      return true;
    }
    return false;
  }

  /// A number in a form that JSON does not have, such as `.5`, or beyond what a double holds.
  static bool number(std::string_view token, Json& out) {
    if (token.starts_with("+")) token.remove_prefix(1);
    double found = 0;
    const auto [stopped, error] = std::from_chars(token.data(), token.data() + token.size(), found);
    if (stopped != token.data() + token.size() || error == std::errc::invalid_argument) return false;
    if (error == std::errc::result_out_of_range) {
      const bool is_tiny =
          token.find("e-") != std::string_view::npos || token.find("E-") != std::string_view::npos;
      found = is_tiny ? 0.0 : std::numeric_limits<double>::infinity();
      if (token.starts_with("-")) found = -found;
    }
    out = found;
    return true;
  }
};

/// The code unit of half a surrogate pair that stands there in three bytes; 0 where none does.
std::uint32_t half_at(std::string_view text, std::size_t at) {
  if (at + 3 > text.size() || text[at] != '\xED') return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const auto third = static_cast<unsigned char>(text[at + 2]);
  if (second < 0xA0 || second > 0xBF || (third & 0xC0U) != 0x80U) return 0;
  return 0xD000U | ((second & 0x3FU) << 6) | (third & 0x3FU);
}

/// How many bytes at a place that is no text belong together: a beginning whose end was cut off.
std::size_t broken_length(std::string_view text, std::size_t at) {
  if (half_at(text, at) != 0) return 3;
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t wanted = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : 1;
  // Overlong forms and what lies beyond Unicode: each byte for itself, as decoders do.
  const auto second = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90) ||
                           (lead == 0xF4 && second > 0x8F) || (lead == 0xED && second > 0x9F);
  std::size_t length = 1;
  while (!is_overlong && length < wanted && at + length < text.size() &&
         (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U)
    ++length;
  return length;
}

}  // namespace

std::optional<LooseDocuments> read_loosely(std::string_view body) { return LooseReader(body).read(); }

std::int64_t mend_text(std::string& text) {
  if (text.find('\0') == std::string::npos && !invalid_utf8_at(text)) return 0;
  std::string mended;
  mended.reserve(text.size());
  std::int64_t places = 0;
  std::size_t at = 0;
  std::size_t next_nul = text.find('\0');
  while (at < text.size()) {
    const std::string_view rest = std::string_view(text).substr(at);
    const std::size_t before_nul = (next_nul == std::string::npos ? text.size() : next_nul) - at;
    const std::size_t good = invalid_utf8_at(rest.substr(0, before_nul)).value_or(before_nul);
    mended += rest.substr(0, good);
    at += good;
    if (at == text.size()) break;
    ++places;
    const std::uint32_t high = half_at(text, at);
    const std::uint32_t low = half_at(text, at + 3);
    if (at == next_nul) {
      next_nul = text.find('\0', ++at);
    } else if (is_high_half(high) && is_low_half(low)) {
      append_utf8(mended, joined(high, low));
      at += 6;
    } else {
      mended += replacement;
      at += broken_length(text, at);
    }
  }
  text = std::move(mended);
  return places;
}

}  // namespace recon
