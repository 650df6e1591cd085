#include "labelled_paragraphs.hpp"

#include "recon/core/invisible_text.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "markdown.hpp"
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
    if (!bold_is_over_ && has_words(text)) {
      if (bold_ > 0) {
        if (bold_end_ == 0) bold_begin_ = text_.size();
        bold_end_ = text_.size() + text.size();
      } else {
        bold_is_over_ = bold_end_ > 0;
      }
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
  std::size_t bold_begin_ = 0, bold_end_ = 0;
  bool bold_is_over_ = false;  ///< in this paragraph
  std::size_t bold_ = 0;
  std::size_t headings_ = 0;

  static bool is_bold(std::string_view tag) { return tag == "strong" || tag == "b"; }

  [[nodiscard]] std::size_t shown_bytes(std::size_t bytes) const {
    return collapse_ascii_white_space(std::string_view(text_).substr(0, bytes)).size();
  }

  void flush() {
    if (has_words(text_)) {
      Paragraph paragraph;
      paragraph.text = collapse_ascii_white_space(text_);
      paragraph.bold_begin = shown_bytes(bold_begin_);
      paragraph.bold_end = shown_bytes(bold_end_);
      paragraph.heading = headings_ > 0;
      paragraphs_.push_back(std::move(paragraph));
    }
    text_.clear();
    bold_begin_ = bold_end_ = 0;
    bold_is_over_ = false;
  }
};

/// "## Heading" without its mark; nullopt for other lines.
std::optional<std::string_view> markdown_heading(std::string_view line) {
  const std::size_t level = line.find_first_not_of('#');
  if (level == 0 || level == std::string_view::npos || level > 6 || line[level] != ' ') return std::nullopt;
  return trim(line.substr(level));
}

/// A line as Markdown shows it.
Paragraph shown_paragraph(const Paragraph& line) {
  Paragraph shown;
  shown.begins_block = line.begins_block;
  const std::optional<std::string_view> heading = markdown_heading(line.text);
  std::string text(heading.value_or(line.text));
  // Bold and italic at once.
  for (std::size_t at = text.find("***"); at != std::string::npos; at = text.find("***", at))
    text.erase(at, 1);
  shown.text = collapse_ascii_white_space(markdown_words(text));
  const bool bold =
      (text.starts_with("**") && text.ends_with("**")) || (text.starts_with("__") && text.ends_with("__"));
  shown.text_heading = heading.has_value();
  shown.stands_out = shown.text_heading || bold;
  return shown;
}

/// Whether labels are written in Markdown: lines that are labels only as it shows them.
bool has_markdown_labels(const std::vector<Paragraph>& lines) {
  constexpr std::string_view marks = "*_#[\\";
  std::size_t found = 0;
  for (const Paragraph& line : lines) {
    if (line.text.substr(0, 40).find_first_of(marks) == std::string::npos) continue;
    const Paragraph shown = shown_paragraph(line);
    if (shown.text.empty() || shown.text == line.text) continue;
    const std::optional<Label> label = speaker_label(shown.text);
    const bool names = label.has_value() || (shown.stands_out && is_lone_name(shown.text));
    if (!names) continue;
    const std::optional<Label> plain = speaker_label(line.text);
    const bool same = plain && label && plain->name == label->name && plain->words == label->words;
    constexpr std::size_t enough = 2;
    if (!same && ++found == enough) return true;
  }
  return false;
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
  bool after_gap = true;
  while (const auto line = lines.next()) {
    Paragraph paragraph;
    paragraph.text = collapse_ascii_white_space(without_invisible(*line));
    if (!has_words(paragraph.text)) {
      after_gap = true;
      continue;
    }
    paragraph.begins_block = std::exchange(after_gap, false);
    paragraphs.push_back(std::move(paragraph));
  }
  if (!has_markdown_labels(paragraphs)) return paragraphs;
  std::vector<Paragraph> shown;
  for (const Paragraph& paragraph : paragraphs) {
    Paragraph words = shown_paragraph(paragraph);
    if (has_words(words.text)) shown.push_back(std::move(words));
  }
  return shown;
}

std::optional<Label> label_of(const Paragraph& paragraph, bool only_bold) {
  if (paragraph.heading) return std::nullopt;
  std::optional<Label> label = speaker_label(paragraph.text);
  const bool bold = label && label->begin >= paragraph.bold_begin && label->end <= paragraph.bold_end;
  if (only_bold && !bold) label.reset();
  return label;
}

}  // namespace recon
