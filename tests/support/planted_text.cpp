#include "planted_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace recon::support {

namespace {

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return mixed(hash, 0);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t state = hash + (value + 1) * 0x9e3779b97f4a7c15U;  // the finalizer of splitmix64
  state = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9U;
  state = (state ^ (state >> 27U)) * 0x94d049bb133111ebU;
  return state ^ (state >> 31U);
}

double unit_interval(std::uint64_t hash) { return static_cast<double>(hash >> 11U) * 0x1.0p-53; }

std::string filler(std::uint64_t hash, std::size_t least, std::size_t most) {
  static constexpr std::array<std::string_view, 16> words{"well",  "then", "there", "is",   "some", "matter",
                                                          "which", "we",   "may",   "come", "back", "to",
                                                          "after", "this", "point", "here"};
  const std::size_t count = least + hash % (most - least + 1);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += words.at(mixed(hash, i + 1) % words.size());
  }
  return text;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_code_point(c); }));
}

std::vector<std::string> planted_tokens(std::string_view text) {
  std::vector<std::string> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    if (text[end] == ' ' && end + 1 < text.size() && is_word_byte(text[end + 1])) ++end;
    if (is_word_byte(text[end])) {
      const std::size_t begin = end;
      while (end < text.size() && end - begin < 6 && is_word_byte(text[end])) ++end;
    } else {
      ++end;
      while (end < text.size() && continues_code_point(text[end])) ++end;
    }
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::vector<double> planted_embedding(std::string_view text) {
  std::vector<double> vector(32, 0.0);
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (end > at) {
      const std::uint64_t hash = hash_of(text.substr(at, end - at));
      vector.at(hash % vector.size()) += (hash >> 40U) % 2 == 0 ? 1.0 : -1.0;
    }
    at = std::max(end, at + 1);
  }
  double square = 0;
  for (const double value : vector) square += value * value;
  if (square == 0) {
    vector[0] = 1.0;
    return vector;
  }
  for (double& value : vector) value /= std::sqrt(square);
  return vector;
}

}  // namespace recon::support
