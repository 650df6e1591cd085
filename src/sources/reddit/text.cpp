#include "text.hpp"

#include "recon/core/invisible_text.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace recon {

namespace {

constexpr std::size_t longest_notice = 200;

/// A text without what Markdown may have around a notice: emphasis, and escapes of its brackets.
std::string without_markdown(std::string_view text) {
  std::string plain = original_text(text);
  std::erase(plain, '\\');
  const auto is_emphasis = [](char c) { return c == '*' || c == '_' || c == '`'; };
  std::string_view inner = plain;
  while (inner.size() > 1 && is_emphasis(inner.front()) && inner.front() == inner.back()) {
    inner = inner.substr(1, inner.size() - 2);
  }
  return std::string(inner);
}

/// What a notice says inside its brackets, lower-cased; empty where the text is not all in brackets.
std::string bracketed(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.size() > longest_notice) return {};
  const std::string plain = without_markdown(text);
  const std::string_view whole = trim(plain);
  if (whole.size() < 2 || whole.front() != '[' || whole.back() != ']') return {};
  return ascii_lower_case(collapse_white_space(whole.substr(1, whole.size() - 2)));
}

/// Removes one of `words` from the front, with the space behind it.
template <std::size_t count>
bool take_word(std::string_view& text, const std::array<std::string_view, count>& words) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  if (std::find(words.begin(), words.end(), word) == words.end()) return false;
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

/// "removed by moderator", "deleted by user", "removed by reddit on account of violating ..."
bool says_by_whom(std::string_view inner) {
  constexpr std::array<std::string_view, 2> deeds = {"removed by ", "deleted by "};
  constexpr std::array<std::string_view, 13> doers = {
      "reddit",  "moderator", "mod",           "user", "author",    "admin", "op",
      "automod", "poster",    "automoderator", "bot",  "anti-evil", "spam"};
  for (const std::string_view deed : deeds) {
    if (!inner.starts_with(deed)) continue;
    std::string_view doer = inner.substr(deed.size());
    if (doer.starts_with("the ")) doer.remove_prefix(4);
    doer = doer.substr(0, doer.find(' '));
    if (doer.ends_with('.')) doer.remove_suffix(1);
    if (doer.ends_with('s')) doer.remove_suffix(1);
    if (std::find(doers.begin(), doers.end(), doer) != doers.end()) return true;
  }
  return false;
}

/// "deleted", "comment removed", "this post is unavailable"
bool is_notice(std::string_view inner) {
  constexpr std::array<std::string_view, 6> things = {"comment", "post",       "message",
                                                      "content", "submission", "text"};
  constexpr std::array<std::string_view, 5> verbs = {"is", "was", "has", "been", "currently"};
  constexpr std::array<std::string_view, 2> articles = {"this", "the"};
  const bool article = take_word(inner, articles);
  if (!take_word(inner, things) && article) return false;
  while (take_word(inner, verbs)) {
  }
  if (inner.ends_with('.')) inner.remove_suffix(1);
  return inner == "deleted" || inner == "removed" || inner == "unavailable" || says_by_whom(inner);
}

std::string with_reddits_entities_decoded(std::string_view archived) {
  constexpr std::array<std::pair<std::string_view, char>, 3> entities = {
      {{"&gt;", '>'}, {"&lt;", '<'}, {"&amp;", '&'}}};
  std::string text;
  text.reserve(archived.size());
  for (std::size_t at = 0; at < archived.size();) {
    const std::size_t mark = std::min(archived.find('&', at), archived.size());
    text += archived.substr(at, mark - at);
    at = mark;
    if (at == archived.size()) break;
    const auto* entity = std::find_if(entities.begin(), entities.end(), [&](const auto& known) {
      return archived.substr(at).starts_with(known.first);
    });
    text += entity == entities.end() ? '&' : entity->second;
    at += entity == entities.end() ? 1 : entity->first.size();
  }
  return text;
}

}  // namespace

bool is_removal_notice(std::string_view text) { return is_notice(bracketed(text)); }

std::string shown_notice(std::string_view notice) {
  const std::string inner = bracketed(notice);
  const bool is_plain = inner == "deleted" || inner == "removed" || inner == "unavailable" ||
                        inner.starts_with("deleted by ") || inner.starts_with("removed by ");
  return is_plain ? std::string(trim(without_markdown(notice))) : "[removed]";
}

bool is_deletion_notice(std::string_view text) {
  constexpr std::array<std::string_view, 7> notices = {
      "deleted",           "deleted by user",       "deleted by the user",
      "deleted by author", "deleted by the author", "deleted by op",
      "deleted by poster"};
  return std::find(notices.begin(), notices.end(), bracketed(text)) != notices.end();
}

bool has_removal_notice(std::string_view title) {
  if (is_removal_notice(title)) return true;
  for (std::size_t open = title.find('['); open != std::string_view::npos; open = title.find('[', open + 1)) {
    const std::size_t close = title.substr(0, open + longest_notice).find(']', open);
    if (close != std::string_view::npos && says_by_whom(bracketed(title.substr(open, close + 1 - open)))) {
      return true;
    }
  }
  return false;
}

std::string original_text(std::string_view archived) {
  return std::string(trim(without_invisible_entities(with_reddits_entities_decoded(archived))));
}

}  // namespace recon
