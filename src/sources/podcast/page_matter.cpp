#include "page_matter.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>

namespace recon {

namespace {

template <std::size_t count>
bool starts_with_one_of(std::string_view text, const std::array<std::string_view, count>& starts) {
  constexpr std::size_t longest = 60;
  const std::string start = ascii_lower_case(text.substr(0, longest));
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view s) { return start.starts_with(s); });
}

}  // namespace

void add_hosts(std::string_view text, SpeakerNames& hosts) {
  constexpr std::string_view before = "The ", after = " Show";
  constexpr std::size_t longest = 60;
  for (std::size_t at = text.find(after); at != std::string_view::npos; at = text.find(after, at + 1)) {
    const std::size_t from = at > longest ? at - longest : 0;
    const std::string_view name = text.substr(from, at - from);
    const std::size_t the = name.rfind(before);
    if (the != std::string_view::npos) hosts.emplace(name.substr(the + before.size()));
  }
}

bool begins_notice(std::string_view text) {
  static constexpr std::array<std::string_view, 6> starts = {"due to some headaches in the past",
                                                             "what you’re welcome to do",
                                                             "what you're welcome to do",
                                                             "what is not allowed",
                                                             "you are welcome to share the below transcript",
                                                             "no one is authorized to copy any portion"};
  return starts_with_one_of(text, starts);
}

bool is_notice(std::string_view text) {
  return begins_notice(text) ||
         text.find("owns the copyright in and to all content") != std::string_view::npos ||
         (text.size() >= 3 && text.find_first_not_of("*-_ ") == std::string_view::npos);
}

bool is_other_heading(std::string_view text) {
  static constexpr std::array<std::string_view, 15> headings = {"related and recommended",
                                                                "related",
                                                                "related posts",
                                                                "recommended",
                                                                "share this",
                                                                "like this",
                                                                "comments",
                                                                "comment rules",
                                                                "sponsors",
                                                                "sponsor",
                                                                "show notes",
                                                                "subscribe",
                                                                "leave a reply",
                                                                "leave a comment",
                                                                "posted on"};
  std::string heading = ascii_lower_case(text.substr(0, 40));
  if (heading.ends_with(':')) heading.pop_back();
  return std::find(headings.begin(), headings.end(), heading) != headings.end();
}

bool begins_other_matter(std::string_view text) {
  static constexpr std::array<std::string_view, 5> starts = {
      "this episode is brought to you by", "this podcast is brought to you by",
      "this show is brought to you by", "posted on:", "sponsored by"};
  constexpr std::size_t start_of_text = 80;
  return is_other_heading(text) || starts_with_one_of(text, starts) ||
         text.ends_with("check out this page.") ||
         (text.starts_with("The ") && text.find(" Show is one of the most popular podcasts") < start_of_text);
}

bool begins_page_end(std::string_view text) {
  static constexpr std::array<std::string_view, 9> starts = {
      "share this", "share on", "click to share",        "subscribe to", "subscribe on",
      "follow on",  "leave a ", "listen to the episode", "filed under"};
  return starts_with_one_of(text, starts);
}

}  // namespace recon
