#include "html_tags.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::size_t most_attributes = 256;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
}  // namespace

std::optional<HtmlTag> HtmlTagScanner::next() {
  while (true) {
    at_ = content_.find('<', at_);
    if (at_ == std::string_view::npos || at_ + 1 >= content_.size()) return std::nullopt;
    const char c = content_[at_ + 1];
    if (is_letter(c)) return read_tag(at_ + 1, false);
    if (c == '/' && at_ + 2 < content_.size() && is_letter(content_[at_ + 2])) return read_tag(at_ + 2, true);
    if (content_.compare(at_, 4, "<!--") == 0) {
      skip_comment();
    } else if (c == '!' || c == '?' || c == '/') {
      skip_past(">", at_);
    } else {
      ++at_;
    }
  }
}

void HtmlTagScanner::skip_raw_text(const std::string& name) {
  if (unended_.contains(name)) return;
  for (std::size_t at = content_.find("</", at_); at != std::string_view::npos;
       at = content_.find("</", at + 2)) {
    const std::string_view found = content_.substr(at + 2, name.size());
    const std::size_t after = at + 2 + name.size();
    if (after < content_.size() &&
        std::equal(found.begin(), found.end(), name.begin(), name.end(),
                   [](char a, char b) { return ascii_lower_case(a) == b; }) &&
        (is_space(content_[after]) || content_[after] == '/' || content_[after] == '>')) {
      at_ = at;
      return;
    }
  }
  unended_.insert(name);  // never looked for again, so that the time stays linear
}

void HtmlTagScanner::skip_past(std::string_view what, std::size_t from) {
  const std::size_t found = content_.find(what, from);
  at_ = found == std::string_view::npos ? content_.size() : found + what.size();
}

void HtmlTagScanner::skip_comment() {
  const std::size_t inside = at_ + 4;
  const std::string_view start = content_.substr(inside, 2);
  if (start.starts_with('>') || start == "->") {
    skip_past(">", inside);
    return;
  }
  for (std::size_t at = content_.find("--", inside); at != std::string_view::npos;
       at = content_.find("--", at + 1)) {
    const std::string_view rest = content_.substr(at + 2, 2);
    if (rest.starts_with('>') || rest == "!>") {
      skip_past(">", at);
      return;
    }
  }
  at_ = content_.size();
}

/// The tag whose name starts at `name`; nullopt where the page ends inside it.
std::optional<HtmlTag> HtmlTagScanner::read_tag(std::size_t name, bool is_end) {
  HtmlTag tag;
  tag.is_end = is_end;
  std::size_t at = name;
  while (at < content_.size() && !is_space(content_[at]) && content_[at] != '/' && content_[at] != '>') {
    tag.name += ascii_lower_case(content_[at++]);
  }
  for (; at < content_.size(); ++tag.attributes) {
    if (tag.attributes > most_attributes) {
      throw RunError(fmt::format(
          "an HTML tag of more than {} attributes, which is no page of a podcast; save the page again",
          most_attributes));
    }
    while (at < content_.size() && (is_space(content_[at]) || content_[at] == '/')) ++at;
    if (at < content_.size() && content_[at] == '>') {
      tag.closes_itself = content_[at - 1] == '/';
      tag.raw = content_.substr(at_, at + 1 - at_);
      at_ = at + 1;
      return tag;
    }
    at = past_attribute(at);
  }
  at_ = content_.size();
  return std::nullopt;
}

std::size_t HtmlTagScanner::past_attribute(std::size_t at) const {
  const auto is_name = [](char c) { return !is_space(c) && c != '/' && c != '>' && c != '='; };
  if (at < content_.size()) ++at;  // the first character belongs to the name, even "="
  while (at < content_.size() && is_name(content_[at])) ++at;
  std::size_t value = at;
  while (value < content_.size() && is_space(content_[value])) ++value;
  if (value >= content_.size() || content_[value] != '=') return at;
  ++value;
  while (value < content_.size() && is_space(content_[value])) ++value;
  if (value >= content_.size()) return value;
  if (content_[value] == '"' || content_[value] == '\'') {
    const std::size_t end = content_.find(content_[value], value + 1);
    return end == std::string_view::npos ? content_.size() : end + 1;
  }
  while (value < content_.size() && !is_space(content_[value]) && content_[value] != '>') ++value;
  return value;
}

}  // namespace recon
