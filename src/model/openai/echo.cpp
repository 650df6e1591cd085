#include "recon/model/log_probability.hpp"

#include <algorithm>
#include <set>

#include "framed_json.hpp"
#include "wire.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_continuation_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80U; }

std::int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation_byte(c); });
}

/// Where `token` may begin when it ends at one of `ends` in `text`. Servers that decode tokens one by one
/// write U+FFFD for each piece of a code point that spans several tokens, so it stands for one to three bytes
/// outside ASCII.
std::set<std::size_t> match_back(std::string_view text, std::set<std::size_t> ends, std::string_view token) {
  while (!token.empty() && !ends.empty()) {
    const std::size_t found = token.rfind(replacement);
    const bool wildcard = found != std::string_view::npos;
    const std::string_view literal = token.substr(wildcard ? found + replacement.size() : 0);
    token = wildcard ? token.substr(0, found) : std::string_view{};
    std::set<std::size_t> begins;
    for (const std::size_t end : ends) {
      if (!text.substr(0, end).ends_with(literal)) continue;
      std::size_t begin = end - literal.size();
      if (!wildcard) begins.insert(begin);
      for (int bytes = 1; wildcard && bytes <= 3 && begin > 0 && !is_ascii(text[begin - 1]); ++bytes)
        begins.insert(--begin);
    }
    ends = std::move(begins);
  }
  return ends;
}

/// How many of the first `count` tokens, counted from their end, spell the text from `boundary` on.
std::optional<std::size_t> tokens_after(const EchoedTokens& tokens, std::size_t count, std::string_view text,
                                        std::size_t boundary) {
  std::set<std::size_t> ends = {text.size()};
  for (std::size_t taken = 0; taken <= count; ++taken) {
    if (*ends.rbegin() <= boundary) return taken;
    if (taken == count) break;
    ends = match_back(text, std::move(ends), tokens.texts[count - taken - 1]);
    if (ends.empty()) return std::nullopt;
  }
  return std::nullopt;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::optional<Range> range_by_text(const EchoedTokens& tokens, std::string_view echoed,
                                   std::size_t boundary) {
  const std::size_t size = tokens.texts.size();
  // The one new token comes last; a server may leave it out when it ended the reply.
  for (const std::size_t fresh : {std::size_t{1}, std::size_t{0}}) {
    if (size < fresh) continue;
    if (const auto taken = tokens_after(tokens, size - fresh, echoed, boundary)) {
      return Range{size - fresh - *taken, size - fresh};
    }
  }
  return std::nullopt;
}

std::optional<Range> range_by_offset(const EchoedTokens& tokens, std::string_view echoed,
                                     std::size_t boundary) {
  const std::vector<std::int64_t>& offsets = tokens.offsets;
  if (offsets.empty() || offsets.front() < 0 || !std::is_sorted(offsets.begin(), offsets.end()))
    return std::nullopt;
  const std::int64_t first = code_points(echoed.substr(0, boundary));
  const std::int64_t last = code_points(echoed);
  std::size_t end = offsets.size();
  while (end > 0 && offsets[end - 1] >= last) --end;
  // The new token must begin where the prompt ends, or the offsets count something else.
  const std::int64_t covered = end < offsets.size() ? offsets[end]
                               : end > 0            ? offsets[end - 1] + code_points(tokens.texts[end - 1])
                                                    : 0;
  if (end == 0 || covered != last) return std::nullopt;
  std::size_t begin = end;
  while (begin > 0) {
    const std::int64_t token_end = begin == end ? last : offsets[begin];
    if (token_end <= first) break;
    --begin;
  }
  if (offsets[begin] > first) return std::nullopt;
  return Range{begin, end};
}

}  // namespace

std::variant<ScoreAnswer, EchoProblem> score_of_echo(const EchoedTokens& tokens, std::string_view echoed,
                                                     std::size_t continuation_bytes) {
  const std::size_t boundary = echoed.size() - continuation_bytes;
  auto range = range_by_text(tokens, echoed, boundary);
  if (!range) range = range_by_offset(tokens, echoed, boundary);
  if (!range) return EchoProblem{};
  ScoreAnswer answer;
  for (std::size_t i = range->begin; i < range->end; ++i) {
    const auto& value = tokens.log_probabilities[i];
    // The first token of all has nothing before it, hence no probability.
    if (!value && i == 0) continue;
    const auto why = value ? why_no_log_probability(*value) : std::optional<std::string>("null is no number");
    if (why) {
      std::string text = tokens.texts[i];
      static_cast<void>(mend_text(text));
      return EchoProblem{
          fmt::format("token {} of {} of the scored text ({}) has an impossible log-probability: {}",
                      i - range->begin + 1, range->end - range->begin, Json(text).dump(), *why)};
    }
    answer.log_probability += std::min(*value, 0.0);
    ++answer.tokens;
  }
  if (continuation_bytes > 0 && answer.tokens == 0) return EchoProblem{};
  return answer;
}

}  // namespace recon
