#include "recon/ingest/pseudonyms.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/digest.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

namespace recon {

namespace {

constexpr std::string_view prefix = "person_";
constexpr std::string_view digits = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, none like another
constexpr std::size_t digest_digits = 10;                                // 50 bits

std::string short_digest(std::string_view purpose, std::string_view text) {
  DigestBuilder builder;
  const Digest digest = builder.field(purpose).field(text).finish();
  std::string result;
  for (std::size_t i = 0; i < digest_digits; ++i) result += digits[digest.bytes()[i] % digits.size()];
  return result;
}

bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

/// Of names on Reddit and the like.
bool is_name_byte(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// Whether a letter outside of ASCII begins at `at`: neither a space nor punctuation, a sign or a picture.
bool is_foreign_letter(std::string_view text, std::size_t at) {
  if (at >= text.size() || static_cast<unsigned char>(text[at]) < 0xc2U) return false;
  std::size_t length = 1;
  while (at + length < text.size() && length < 4 && is_continuation(text[at + length])) ++length;
  std::uint32_t code_point = static_cast<unsigned char>(text[at]) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code_point = (code_point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  if (length < 2 || code_point <= 0xbf || code_point == 0xd7 || code_point == 0xf7) return false;
  return !(code_point >= 0x2000 && code_point <= 0x2bff) && !(code_point >= 0x3000 && code_point <= 0x303f) &&
         !(code_point >= 0xfe00 && code_point <= 0xfe0f) && !(code_point >= 0x1f000 && code_point <= 0x1faff);
}

bool ends_with_foreign_letter(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && text.size() - begin < 3 && is_continuation(text[begin - 1])) --begin;
  return begin > 0 && begin < text.size() && is_foreign_letter(text, begin - 1);
}

/// Whether a name could begin or end between these two.
bool is_boundary(std::string_view before, std::string_view text, std::size_t at) {
  const bool letter_before =
      !before.empty() && (is_name_byte(before.back()) || ends_with_foreign_letter(before));
  const bool letter_after = at < text.size() && (is_name_byte(text[at]) || is_foreign_letter(text, at));
  return !letter_before || !letter_after;
}

bool is_lower_case_word(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Letters alone, no capital behind the first.
bool could_be_ordinary(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return is_letter(c); }) &&
         std::none_of(word.begin() + 1, word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// A word as it stands in a text: Markdown may have put backslashes into it.
struct Word {
  std::size_t begin = 0, end = 0;
  std::string name;
};

Word word_at(std::string_view text, std::size_t at) {
  Word word{at, at, {}};
  while (word.end < text.size()) {
    if (is_name_byte(text[word.end])) {
      word.name += text[word.end++];
    } else if (text[word.end] == '\\' && word.end + 1 < text.size() &&
               (text[word.end + 1] == '_' || text[word.end + 1] == '-')) {
      word.name += text[word.end + 1];
      word.end += 2;
    } else {
      break;
    }
  }
  return word;
}

bool is_mark(char c) { return c == '_' || c == '-'; }

/// The word without marks of emphasis around it; as it is where there are none, or backslashes inside.
Word trimmed(const Word& word) {
  Word result = word;
  if (word.end - word.begin != word.name.size()) return result;
  while (!result.name.empty() && is_mark(result.name.front())) {
    result.name.erase(0, 1);
    ++result.begin;
  }
  while (!result.name.empty() && is_mark(result.name.back())) {
    result.name.pop_back();
    --result.end;
  }
  return result;
}

/// How many bytes before `at` say that a name follows: those of `u/` and the like; 0 where none do.
std::size_t mention_mark_before(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  for (const std::string_view mark : {"u/", "U/", "user/", "@"}) {
    if (!before.ends_with(mark)) continue;
    const std::size_t start = at - mark.size();
    if (start == 0 || !is_letter_or_digit(text[start - 1])) return mark.size();
  }
  return 0;
}

}  // namespace

struct Mentions::Names {
  static constexpr std::size_t key_bytes = 3;
  std::unordered_map<std::string, std::string> words;  ///< in lower case -> as the author is written
  std::unordered_map<std::string, std::vector<std::string>> phrases;  ///< by their first bytes, longest first
  Rename rename;
  Words which = Words::authors;

  [[nodiscard]] std::optional<std::string> renamed(const std::string& word) const {
    const auto found = words.find(ascii_lower_case(word));
    if (found == words.end()) {
      return which == Words::every && !could_be_ordinary(word) ? rename(word) : std::nullopt;
    }
    if (is_lower_case_word(found->second) && word != found->second) return std::nullopt;
    return rename(found->second);
  }

  /// The phrase that stands at `at`; empty where none does.
  [[nodiscard]] std::string_view phrase_at(std::string_view text, std::size_t at) const {
    if (phrases.empty()) return {};
    const auto found = phrases.find(std::string(text.substr(at, key_bytes)));
    if (found == phrases.end()) return {};
    for (const std::string& phrase : found->second) {
      const std::size_t end = at + phrase.size();
      if (text.substr(at, phrase.size()) == phrase && is_boundary(text.substr(0, end), text, end))
        return phrase;
    }
    return {};
  }
};

Mentions::Mentions(const std::vector<std::string>& authors, Rename rename, Words words)
    : names_(std::make_unique<Names>()) {
  names_->rename = std::move(rename);
  names_->which = words;
  for (const std::string& author : authors) {
    if (author.empty()) continue;
    if (std::all_of(author.begin(), author.end(), is_name_byte)) {
      names_->words.emplace(ascii_lower_case(author), author);
    } else {
      names_->phrases[author.substr(0, Names::key_bytes)].push_back(author);
    }
  }
  for (auto& [key, phrases] : names_->phrases) {
    std::sort(phrases.begin(), phrases.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  }
}

Mentions::~Mentions() = default;

std::string Mentions::replaced_in(std::string_view text) const {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (is_boundary(text.substr(0, at), text, at)) {
      const std::string_view phrase = names_->phrase_at(text, at);
      if (const auto renamed = phrase.empty() ? std::nullopt : names_->rename(phrase)) {
        result += *renamed;
        at += phrase.size();
        continue;
      }
    }
    const Word word = word_at(text, at);
    if (word.end == word.begin) {
      result += text[at++];
      continue;
    }
    std::optional<std::string> renamed;
    Word named = word;
    if (const std::size_t mark = mention_mark_before(text, at)) {
      // "_u/Name_" is emphasis, "u/Name_" a name.
      if (at > mark && is_mark(text[at - mark - 1])) named = trimmed(word);
      renamed = names_->rename(named.name);
    } else if (is_boundary(text.substr(0, word.begin), text, word.begin) &&
               !is_foreign_letter(text, word.end)) {
      renamed = names_->renamed(word.name);
      if (!renamed) {
        named = trimmed(word);
        if (!named.name.empty() && named.name != word.name) renamed = names_->renamed(named.name);
      }
    }
    if (renamed) {
      result += text.substr(word.begin, named.begin - word.begin);
      result += *renamed;
      result += text.substr(named.end, word.end - named.end);
    } else {
      result += text.substr(word.begin, word.end - word.begin);
    }
    at = word.end;
  }
  return result;
}

std::string pseudonym_of(std::string_view author) {
  if (author.starts_with('[') && author.ends_with(']')) return std::string(author);
  if (is_pseudonym(author)) return std::string(author);
  return std::string(prefix) + short_digest("recon pseudonym", ascii_lower_case(author));
}

bool is_pseudonym(std::string_view text) {
  return text.size() == prefix.size() + digest_digits && text.starts_with(prefix) &&
         text.find_first_not_of(digits, prefix.size()) == std::string_view::npos;
}

std::vector<std::string> authors_of(const Session& session) {
  std::set<std::string> distinct;
  for (const Turn& turn : session.turns) distinct.insert(turn.author);
  return {distinct.begin(), distinct.end()};
}

namespace {

/// A name as ids made of titles have it: "Jane Roe" -> "jane-roe".
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : ascii_lower_case(name)) {
    if (is_letter_or_digit(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string without_names(const std::string& id, const std::vector<std::string>& authors) {
  constexpr std::size_t shortest_name = 4;  // "tim" stands in every id of the show
  const std::string slug = slug_of(id);
  const bool names_anybody = std::any_of(authors.begin(), authors.end(), [&](const std::string& author) {
    const std::string name = slug_of(author);
    return name.size() >= shortest_name && slug.find(name) != std::string::npos;
  });
  return names_anybody ? "session_" + short_digest("recon session id", id) : id;
}

}  // namespace

void use_pseudonyms(Session& session, const std::vector<std::string>& others) {
  const std::vector<std::string> authors = authors_of(session);
  std::vector<std::string> names = authors;
  names.insert(names.end(), others.begin(), others.end());
  const Mentions mentions(names, [](std::string_view name) { return pseudonym_of(name); });
  session.title = mentions.replaced_in(session.title);
  session.session_id = SessionId(without_names(session.session_id.str(), authors));
  session.group = GroupId(without_names(session.group.str(), authors));
  for (Turn& turn : session.turns) {
    turn.text = mentions.replaced_in(turn.text);
    turn.author = pseudonym_of(turn.author);
  }
}

}  // namespace recon
