#include "markdown.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace recon {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

bool is_word(char c) { return !is_space(c) && !is_punctuation(c); }

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities = {
    {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", "\xC2\xA0"}}};

class MarkdownWords {
 public:
  explicit MarkdownWords(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size() && is_punctuation(text_[at_ + 1])) {
        keep(at_ + 1);
        at_ += 2;
      } else if (c == '[') {
        brackets_.push_back(words_.size());
        keep(at_++);
      } else if (c == ']') {
        end_bracket();
      } else if (c == '*' || c == '_') {
        emphasis(c);
      } else if (c != '&' || !entity()) {
        keep(at_++);
      }
    }
    std::string shown;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!hidden_[i]) shown += words_[i];
    }
    return shown;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string words_;
  std::vector<bool> hidden_;           ///< of each byte of words_: a mark, as it turned out
  std::vector<std::size_t> brackets_;  ///< where in words_ a "[" may start a link
  struct Run {
    std::size_t begin;
    std::size_t length;
  };
  std::array<std::optional<Run>, 4> open_;  ///< of "*", "**", "_" and "__"

  void keep(std::size_t at) { append(text_.substr(at, 1)); }
  void append(std::string_view words) {
    words_ += words;
    hidden_.resize(words_.size(), false);
  }
  void hide(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) hidden_[i] = true;
  }

  [[nodiscard]] bool entity() {
    for (const auto& [name, character] : entities) {
      if (text_.substr(at_, name.size()) != name) continue;
      append(character);
      at_ += name.size();
      return true;
    }
    return false;
  }

  /// The end of a link's target whose "(" is at `open`; nullopt where it is none.
  [[nodiscard]] std::optional<std::size_t> end_of_target(std::size_t open) const {
    constexpr std::size_t longest = 1024;
    const std::string_view target = text_.substr(open, longest);
    std::size_t depth = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (target[i] == '\\') {
        ++i;
      } else if (target[i] == '(') {
        ++depth;
      } else if (target[i] == ')' && --depth == 0) {
        return open + i + 1;
      }
    }
    return std::nullopt;
  }

  void end_bracket() {
    const bool opened = !brackets_.empty();
    const std::size_t begin = opened ? brackets_.back() : 0;
    if (opened) brackets_.pop_back();
    const bool target = opened && at_ + 1 < text_.size() && text_[at_ + 1] == '(';
    const std::optional<std::size_t> end = target ? end_of_target(at_ + 1) : std::nullopt;
    if (!end) {
      keep(at_++);
      return;
    }
    const bool image = begin > 0 && words_[begin - 1] == '!' && !hidden_[begin - 1];
    if (image) {
      words_.resize(begin - 1);
      hidden_.resize(begin - 1);
      forget_runs_from(begin - 1);
    } else {
      hidden_[begin] = true;
    }
    at_ = *end;
  }

  void forget_runs_from(std::size_t begin) {
    for (auto& run : open_) {
      if (run && run->begin >= begin) run.reset();
    }
  }

  /// A run of `c` starts or ends emphasis as the characters around it allow; else it is a word's own.
  void emphasis(char c) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] == c) ++at_;
    const std::size_t length = at_ - begin;
    const char before = begin == 0 ? ' ' : text_[begin - 1];
    const char after = at_ == text_.size() ? ' ' : text_[at_];
    const std::size_t place = words_.size();
    append(text_.substr(begin, length));
    if (length > 2) return;
    std::optional<Run>& open = open_[(c == '_' ? 2U : 0U) + length - 1];
    const bool can_end = !is_space(before) && !(c == '_' && is_word(after));
    const bool can_start = !is_space(after) && !is_word(before);
    if (open && can_end) {
      hide(open->begin, open->begin + length);
      hide(place, place + length);
      open.reset();
    } else if (can_start) {
      open = Run{place, length};
    }
  }
};

}  // namespace

std::string markdown_words(std::string_view paragraph) { return MarkdownWords(paragraph).read(); }

}  // namespace recon
