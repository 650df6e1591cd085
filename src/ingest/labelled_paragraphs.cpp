#include "labelled_paragraphs.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "text_lines.hpp"

namespace recon {

namespace {

bool is_heading(std::string_view tag) {
  return tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6';
}

bool is_left_out(HtmlNode element) {
  static constexpr std::array<std::string_view, 11> tags = {
      "aside", "button", "form", "iframe", "nav", "noscript", "script", "select", "style", "svg", "textarea"};
  if (std::binary_search(tags.begin(), tags.end(), element.tag())) return true;
  const std::string_view classes = element.attribute("class").value_or(std::string_view{});
  return element.has_class("sharedaddy") || element.has_class("jp-relatedposts") ||
         classes.find("sponsor") != std::string_view::npos;
}

/// Cuts an article into paragraphs.
class ParagraphCollector final : public HtmlVisitor {
 public:
  bool enter(HtmlNode element) override {
    const std::string_view tag = element.tag();
    if (tag == "br" || is_html_block(tag)) flush();
    if (is_heading(tag)) ++headings_;
    if (is_bold(tag)) ++bold_;
    return !is_left_out(element);
  }
  void leave(HtmlNode element) override {
    const std::string_view tag = element.tag();
    if (is_html_block(tag)) flush();
    if (is_heading(tag)) --headings_;
    if (is_bold(tag)) --bold_;
  }
  void text(std::string_view text) override {
    if (only_bold_ && has_words(text)) {
      only_bold_ = bold_ > 0;
      if (only_bold_) bold_end_ = text_.size() + text.size();
    }
    text_ += text;
  }
  [[nodiscard]] std::vector<Paragraph> take() {
    flush();
    return std::move(paragraphs_);
  }

 private:
  std::vector<Paragraph> paragraphs_;
  std::string text_;
  std::size_t bold_end_ = 0;
  bool only_bold_ = true;  ///< so far in this paragraph
  std::size_t bold_ = 0;
  std::size_t headings_ = 0;

  static bool is_bold(std::string_view tag) { return tag == "strong" || tag == "b"; }

  void flush() {
    if (has_words(text_)) {
      paragraphs_.push_back({collapse_ascii_white_space(text_),
                             collapse_ascii_white_space(std::string_view(text_).substr(0, bold_end_)).size(),
                             headings_ > 0});
    }
    text_.clear();
    bold_end_ = 0;
    only_bold_ = true;
  }
};

bool is_particle(std::string_view word) {
  static constexpr std::array<std::string_view, 19> particles = {
      "&",  "al", "and", "bin", "da", "dal", "de",  "del", "den", "der",
      "di", "do", "la",  "le",  "of", "the", "van", "von", "y"};
  return std::binary_search(particles.begin(), particles.end(), word);
}

/// A word of a name. A letter beyond ASCII passes as a capital.
bool is_name_word(std::string_view word) {
  if (is_particle(word)) return true;
  if (word.find_first_of("?!;\"/=<>@*#") != std::string_view::npos) return false;
  for (const std::string_view quote : {"“", "”", "‘", "—", "–", "…"}) {
    if (word.find(quote) != std::string_view::npos) return false;
  }
  if (word.front() == '(' || word.front() == '[') return true;
  const char first = word.front();
  return (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9') ||
         static_cast<unsigned char>(first) >= 0x80U;
}

bool is_name(std::string_view name) {
  constexpr std::size_t most_words = 5;
  if (name.empty()) return false;
  const char first = name.front();
  if ((first >= '0' && first <= '9') || (first >= 'a' && first <= 'z')) return false;
  std::size_t words = 0;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find(' '), name.size());
    if (++words > most_words || !is_name_word(name.substr(0, end))) return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

}  // namespace

std::vector<Paragraph> paragraphs_of_page(HtmlNode content) {
  ParagraphCollector collector;
  visit_html(content, collector);
  return collector.take();
}

std::vector<Paragraph> paragraphs_of_text(std::string_view content) {
  std::vector<Paragraph> paragraphs;
  TextLines lines(content);
  while (const auto line = lines.next()) {
    if (has_words(*line)) paragraphs.push_back({collapse_ascii_white_space(*line), 0, false});
  }
  return paragraphs;
}

std::optional<Label> label_of(const Paragraph& paragraph, bool only_bold) {
  constexpr std::size_t longest = 100;
  const std::string_view text = paragraph.text;
  const std::size_t colon = text.substr(0, longest).find(':');
  if (colon == std::string_view::npos || paragraph.heading) return std::nullopt;
  if (text.substr(colon + 1).starts_with('/')) return std::nullopt;  // an address
  const std::string_view before = trim(text.substr(0, colon));
  if (only_bold && before.size() > paragraph.bold) return std::nullopt;
  std::string name = collapse_white_space(before);
  if (!is_name(name)) return std::nullopt;
  std::string_view words = text.substr(colon + 1);
  constexpr std::string_view hard_space = "\xC2\xA0";
  while (words.starts_with(' ') || words.starts_with(hard_space)) {
    words.remove_prefix(words.front() == ' ' ? 1 : hard_space.size());
  }
  return Label{std::move(name), words};
}

}  // namespace recon
