#include "episode_title.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/dates.hpp"
#include "recon/core/digest.hpp"
#include "recon/core/text.hpp"

#include <array>

#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::array<std::string_view, 4> separators = {" - ", " | ", " – ", " — "};

/// A "#418" in a title.
struct NumberMark {
  int number = 0;
  std::size_t begin = 0;  ///< of the "#"
  std::size_t end = 0;
};

std::optional<NumberMark> number_at(std::string_view text, std::size_t at) {
  constexpr std::size_t most_digits = 5;
  if (at >= text.size() || text[at] != '#') return std::nullopt;
  NumberMark mark{0, at, at + 1};
  while (mark.end < text.size() && is_digit(text[mark.end]) && mark.end - at <= most_digits) {
    mark.number = mark.number * 10 + (text[mark.end++] - '0');
  }
  const bool cut = mark.end < text.size() && is_digit(text[mark.end]);
  if (mark.end == at + 1 || cut) return std::nullopt;
  return mark;
}

/// "(#669)" or "#418" at the end, with the bracket inside the mark.
std::optional<NumberMark> number_at_end(std::string_view text) {
  const std::size_t at = text.rfind('#');
  if (at == std::string_view::npos) return std::nullopt;
  std::optional<NumberMark> mark = number_at(text, at);
  if (!mark) return std::nullopt;
  if (at > 0 && text[at - 1] == '(' && text.substr(mark->end) == ")") {
    --mark->begin;
    return mark;
  }
  return mark->end == text.size() ? mark : std::nullopt;
}

std::string_view after_prefix(std::string_view text) {
  constexpr std::string_view transcript_for = "Transcript for ";
  if (text.starts_with(transcript_for)) return text.substr(transcript_for.size());
  if (!text.starts_with("The ")) return text;
  for (const std::string_view mark : {" Show Transcripts: ", " Show Transcript: "}) {
    const std::size_t at = text.find(mark);
    if (at != std::string_view::npos) return text.substr(at + mark.size());
  }
  return text;
}

/// Without " - SITE" at the end, where that is the site's name or stands behind the episode's number.
std::string_view without_site(std::string_view title, std::string_view site) {
  for (const std::string_view separator : separators) {
    const std::size_t at = title.rfind(separator);
    if (at == std::string_view::npos) continue;
    const std::string_view before = trim(title.substr(0, at));
    if (title.substr(at + separator.size()) == site || number_at_end(before)) return before;
  }
  return title;
}

/// The content of `<meta property="NAME">` or `<meta name="NAME">`.
std::string meta_content(HtmlNode root, std::string_view name) {
  const auto found = find_first_html(root, [&](HtmlNode element) {
    return element.tag() == "meta" &&
           (element.attribute("property") == name || element.attribute("name") == name);
  });
  return found ? collapse_ascii_white_space(found->attribute("content").value_or(std::string_view{}))
               : std::string();
}

/// Bytes of a separator at `at` in UTF-8: spaces, dashes and quotes beyond ASCII; 0 for letters.
std::size_t separator_length(std::string_view text, std::size_t at) {
  if (text.compare(at, 2, "\xE2\x80") == 0) return 3;
  return text.compare(at, 2, "\xC2\xA0") == 0 ? 2 : 0;
}

std::string slug(std::string_view text) {
  constexpr std::size_t longest = 120;
  constexpr auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::string words;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool ascii = static_cast<unsigned char>(c) < 0x80U;
    const std::size_t separator = ascii ? 0 : separator_length(text, at);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
    if (ascii ? letter : separator == 0) {
      words += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!words.empty() && words.back() != '-') {
      words += '-';
    }
    if (separator > 0) at += separator - 1;
  }
  while (!words.empty() && words.back() == '-') words.pop_back();
  if (words.size() <= longest) return words;
  std::size_t end = longest;
  while (is_continuation(words[end])) --end;
  // What is cut off still tells two titles apart.
  return fmt::format("{}-{}", words.substr(0, end), digest_of(text).hex().substr(0, 8));
}

}  // namespace

EpisodeTitle parse_episode_title(std::string_view text) {
  const std::string whole = collapse_ascii_white_space(text);
  std::string_view rest = after_prefix(whole);
  EpisodeTitle result;
  if (const auto mark = number_at_end(rest)) {
    result.number = mark->number;
    const bool bracketed = rest[mark->begin] == '(';
    rest = trim(rest.substr(0, mark->begin));
    const std::size_t show = bracketed ? std::string_view::npos : rest.rfind(" | ");
    if (show != std::string_view::npos) rest = rest.substr(0, show);
  } else if (const auto first = number_at(rest, 0)) {
    const std::string_view behind = rest.substr(first->end);
    for (const std::string_view separator : {": ", " - ", " – ", " — "}) {
      if (!behind.starts_with(separator)) continue;
      result.number = first->number;
      rest = behind.substr(separator.size());
      break;
    }
  }
  result.title = trim(rest);
  return result;
}

std::string page_title(HtmlNode root) {
  const auto shown = find_first_html(
      root, [](HtmlNode element) { return element.tag() == "h1" && element.has_class("entry-title"); });
  std::string title = shown ? collapse_ascii_white_space(shown->text()) : std::string();
  if (!title.empty()) return title;
  title = meta_content(root, "og:title");
  if (title.empty()) {
    const auto head = find_first_html(root, [](HtmlNode element) { return element.tag() == "title"; });
    if (head) title = collapse_ascii_white_space(head->text());
  }
  return std::string(without_site(title, meta_content(root, "og:site_name")));
}

std::string page_date(HtmlNode root) {
  const auto times = find_html(root, [](HtmlNode element) {
    return element.tag() == "time" && element.attribute("datetime").has_value();
  });
  const auto day = [](std::string_view time) {
    const std::string_view date = trim(time).substr(0, 10);
    return is_iso_date(date) ? std::string(date) : std::string();
  };
  const auto day_of = [&](HtmlNode time) { return day(time.attribute("datetime").value_or("")); };
  for (const HtmlNode& time : times) {
    if (time.has_class("entry-date") && !day_of(time).empty()) return day_of(time);
  }
  std::string published = day(meta_content(root, "article:published_time"));
  if (!published.empty()) return published;
  return times.empty() ? std::string() : day_of(times.front());
}

SessionId episode_id(std::string_view show, const EpisodeTitle& title, std::string_view file_stem) {
  if (title.number) return SessionId(fmt::format("{}-{:04}", show, *title.number));
  std::string words = slug(title.title);
  if (words.empty()) words = slug(file_stem);
  return SessionId(fmt::format("{}-{}", show, words.empty() ? "untitled" : words));
}

}  // namespace recon
