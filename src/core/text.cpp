#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace recon {
namespace {

/// One decoded code point: its length in bytes, 0 where the bytes at the position are no valid sequence.
struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 0;
};

Decoded decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  std::uint32_t code_point = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
    code_point = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    code_point = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    code_point = lead & 0x07U;
  } else {
    return {};
  }
  if (at + length > text.size()) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {};
    code_point = (code_point << 6) | (byte(at + i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return {};
  return {code_point, length};
}

bool is_space(std::uint32_t code_point) {
  return (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x20 || code_point == 0x85 ||
         code_point == 0xa0 || code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200a) ||
         code_point == 0x2028 || code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f ||
         code_point == 0x3000;
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// ASCII, and neither white space nor a control character.
bool is_plain(char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x80; }

bool is_ascii_alphanumeric(char c) {
  const auto letter = static_cast<unsigned char>(static_cast<unsigned char>(c) | 0x20U);
  return (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'z');
}

/// What a byte is for comparison words: between them, in a word as it is to be handed on, or to be looked at.
enum class WordByte : std::uint8_t { between, as_it_is, other };

constexpr std::array<WordByte, 256> kinds_of_word_bytes() {
  std::array<WordByte, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
      kinds[byte] = WordByte::as_it_is;
    } else if (byte >= 0x80 || byte == '\'' || (byte >= 'A' && byte <= 'Z')) {
      kinds[byte] = WordByte::other;
    }
  }
  return kinds;
}

constexpr std::array<WordByte, 256> word_bytes = kinds_of_word_bytes();

constexpr std::size_t bytes_per_token = 6;

/// One piece of a text that is counted as a whole.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t tokens = 0;
};

/// The piece that starts at `at`: a run of ASCII letters and digits, or one code point.
Piece piece_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_ascii_alphanumeric(text[end])) ++end;
  if (end > at) return {at, end, (end - at + bytes_per_token - 1) / bytes_per_token};
  const Decoded decoded = decode_utf8(text, at);
  const std::size_t length = std::max<std::size_t>(decoded.length, 1);
  return {at, at + length, decoded.length > 0 && is_space(decoded.code_point) ? 0U : 1U};
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < text.size();) {
    pieces.push_back(piece_at(text, at));
    at = pieces.back().end;
  }
  return pieces;
}

}  // namespace

std::optional<std::size_t> invalid_utf8_at(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode_utf8(text, at);
    if (decoded.length == 0) return at;
    at += decoded.length;
  }
  return std::nullopt;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode_utf8(text, at);
    if (decoded.length == 0) {
      result += "\xef\xbf\xbd";
      ++at;
    } else {
      result += text.substr(at, decoded.length);
      at += decoded.length;
    }
  }
  return result;
}

std::string collapse_white_space(std::string_view text) {
  std::string result(text.size(), '\0');  // never longer
  char* const begin = result.data();
  char* end = begin;
  bool pending = false;
  const auto put = [&](std::size_t at, std::size_t length) {
    if (pending) *end++ = ' ';
    pending = false;
    end = std::copy_n(text.data() + at, length, end);
  };
  for (std::size_t at = 0; at < text.size();) {
    // Words of ASCII are most of every text: they are copied whole.
    std::size_t stop = at;
    while (stop < text.size() && is_plain(text[stop])) ++stop;
    if (stop > at) {
      put(at, stop - at);
      at = stop;
      continue;
    }
    const Decoded decoded = decode_utf8(text, at);
    const std::size_t length = std::max<std::size_t>(decoded.length, 1);
    if (decoded.length > 0 && is_space(decoded.code_point)) {
      pending = end != begin;
    } else {
      put(at, length);
    }
    at += length;
  }
  result.resize(static_cast<std::size_t>(end - begin));
  return result;
}

std::string collapse_ascii_white_space(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool pending = false;
  for (const char c : text) {
    if (is_ascii_space(c)) {
      pending = !result.empty();
    } else {
      if (pending) result += ' ';
      pending = false;
      result += c;
    }
  }
  return result;
}

std::string short_line(std::string_view text, std::size_t most) {
  // What lies beyond can only be white space or is cut: a text may be large.
  std::string line = collapse_white_space(replace_invalid_utf8(text.substr(0, 4 * most)));
  if (line.size() <= most) return line;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  line.resize(end);
  return line + "...";
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto tail = [&](unsigned shift) {
    text.push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU)));
  };
  if (code_point < 0x80) {
    text.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    text.push_back(static_cast<char>(0xC0U | (code_point >> 6U)));
    tail(0);
  } else if (code_point < 0x10000) {
    text.push_back(static_cast<char>(0xE0U | (code_point >> 12U)));
    tail(6);
    tail(0);
  } else {
    text.push_back(static_cast<char>(0xF0U | (code_point >> 18U)));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string ascii_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower_case(c);
  return lower;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_ascii_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ascii_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode_utf8(text, at);
    const bool space = decoded.length > 0 && is_space(decoded.code_point);
    if (!space && !inside) ++words;
    inside = !space;
    at += std::max<std::size_t>(decoded.length, 1);
  }
  return words;
}

std::size_t count_tokens(std::string_view text) {
  std::size_t tokens = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    tokens += piece.tokens;
    at = piece.end;
  }
  return tokens;
}

std::string_view first_tokens(std::string_view text, std::size_t tokens) {
  std::size_t used = 0;
  std::size_t end = 0;
  std::size_t last_space = std::string_view::npos;
  for (const Piece& piece : pieces_of(text)) {
    if (used + piece.tokens > tokens) {
      // A word that is too long by itself has no boundary to cut at.
      if (used == 0) return text.substr(0, tokens == 0 ? 0 : piece.begin + tokens * bytes_per_token);
      // A cut right after a space needs no moving; otherwise it moves back to the last space, if there is
      // one.
      if (end > 0 && !is_ascii_space(text[end - 1]) && !is_ascii_space(text[end]) &&
          last_space != std::string_view::npos) {
        end = last_space;
      }
      return text.substr(0, end);
    }
    used += piece.tokens;
    if (piece.tokens == 0) last_space = piece.begin;
    end = piece.end;
  }
  return text;
}

std::string_view last_tokens(std::string_view text, std::size_t tokens) {
  const std::vector<Piece> pieces = pieces_of(text);
  std::size_t used = 0;
  std::size_t begin = text.size();
  std::size_t after_space = std::string_view::npos;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    if (used + piece->tokens > tokens) {
      if (used == 0) return text.substr(tokens == 0 ? text.size() : piece->end - tokens * bytes_per_token);
      if (begin < text.size() && !is_ascii_space(text[begin]) && !is_ascii_space(text[begin - 1]) &&
          after_space != std::string_view::npos) {
        begin = after_space;
      }
      return text.substr(begin);
    }
    used += piece->tokens;
    if (piece->tokens == 0) after_space = piece->end;
    begin = piece->begin;
  }
  return text;
}

std::string_view ComparisonWords::next() {
  const auto kind_at = [&](std::size_t at) { return word_bytes[static_cast<unsigned char>(text_[at])]; };
  word_.clear();
  while (at_ < text_.size() && kind_at(at_) == WordByte::between) ++at_;
  std::size_t end = at_;
  while (end < text_.size() && kind_at(end) == WordByte::as_it_is) ++end;
  // Most words stand in the text as they are to be handed on.
  if (end == text_.size() || kind_at(end) == WordByte::between) {
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }
  return next_to_be_changed();
}

std::string_view ComparisonWords::next_to_be_changed() {
  while (at_ < text_.size()) {
    const char byte = text_[at_];
    if (is_ascii_alphanumeric(byte)) {
      word_ += ascii_lower_case(byte);
      ++at_;
      continue;
    }
    const Decoded decoded = decode_utf8(text_, at_);
    const std::size_t length = std::max<std::size_t>(decoded.length, 1);
    if (byte == '\'' || decoded.code_point == 0x2019) {
      if (!word_.empty()) word_ += '\'';
    } else if (decoded.code_point >= 0x80 && !is_space(decoded.code_point) &&
               !(decoded.code_point >= 0x2010 && decoded.code_point <= 0x206f)) {
      word_ += text_.substr(at_, length);
    } else if (!word_.empty()) {
      return word_;
    }
    at_ += length;
  }
  return word_;
}

std::vector<std::string> comparison_words(std::string_view text) {
  std::vector<std::string> words;
  ComparisonWords source(text);
  for (std::string_view word = source.next(); !word.empty(); word = source.next()) words.emplace_back(word);
  return words;
}

std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> nearest;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t substituted = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < best) {
      best = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

std::string counted(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace recon
