#include "recon/ingest/pseudonyms.hpp"

#include "recon/core/digest.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace recon {

namespace {

constexpr std::string_view prefix = "person_";
constexpr std::string_view digits = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, none like another
constexpr std::size_t pseudonym_digits = 10;                             // 50 bits

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_lower_case_word(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The names of a session's authors, to be found in running text.
class Names {
 public:
  explicit Names(const std::vector<std::string>& authors) {
    for (const std::string& author : authors) {
      if (std::all_of(author.begin(), author.end(), is_name_byte)) {
        words_.emplace(ascii_lower_case(author), author);
      } else {
        phrases_.insert(author);
      }
    }
  }
  /// The author that a word of the text names; nullptr where it names none.
  [[nodiscard]] const std::string* find(const std::string& word) const {
    const auto found = words_.find(ascii_lower_case(word));
    if (found == words_.end()) return nullptr;
    if (is_lower_case_word(found->second) && word != found->second) return nullptr;
    return &found->second;
  }
  [[nodiscard]] const std::set<std::string>& phrases() const { return phrases_; }

 private:
  std::unordered_map<std::string, std::string> words_;
  std::set<std::string> phrases_;
};

/// A word as it stands in a text: Markdown may have put backslashes into it, or underscores around it.
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

/// The word without marks of emphasis around it.
Word trimmed(const Word& word) {
  const auto is_mark = [](char c) { return c == '_' || c == '-'; };
  Word result = word;
  if (word.end - word.begin != word.name.size()) return result;  // backslashes inside: taken as it is
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

bool follows_mention_mark(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  for (const std::string_view mark : {"u/", "U/", "user/", "@"}) {
    if (!before.ends_with(mark)) continue;
    const std::size_t start = at - mark.size();
    if (start == 0 || !is_name_byte(text[start - 1])) return true;
  }
  return false;
}

std::string replace_phrase(std::string_view text, std::string_view phrase, const std::string& by) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(phrase); at != std::string_view::npos; at = text.find(phrase, at)) {
    const std::size_t end = at + phrase.size();
    const bool is_whole =
        (at == 0 || !is_name_byte(text[at - 1])) && (end == text.size() || !is_name_byte(text[end]));
    if (is_whole) {
      result += text.substr(done, at - done);
      result += by;
      done = end;
    }
    at = end;
  }
  result += text.substr(done);
  return result;
}

}  // namespace

std::string pseudonym_of(std::string_view author) {
  if (author.starts_with('[') && author.ends_with(']')) return std::string(author);
  if (is_pseudonym(author)) return std::string(author);
  DigestBuilder builder;
  const Digest digest = builder.field("recon pseudonym").field(ascii_lower_case(author)).finish();
  std::string pseudonym(prefix);
  for (std::size_t i = 0; i < pseudonym_digits; ++i) pseudonym += digits[digest.bytes()[i] % digits.size()];
  return pseudonym;
}

bool is_pseudonym(std::string_view text) {
  return text.size() == prefix.size() + pseudonym_digits && text.starts_with(prefix) &&
         text.find_first_not_of(digits, prefix.size()) == std::string_view::npos;
}

std::string rename_mentions(std::string_view text, const std::vector<std::string>& authors,
                            const Rename& rename) {
  const Names names(authors);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Word word = word_at(text, at);
    if (word.end == word.begin) {
      result += text[at++];
      continue;
    }
    std::optional<std::string> renamed;
    Word named = word;
    if (follows_mention_mark(text, at)) {
      renamed = rename(word.name);
    } else if (const std::string* author = names.find(word.name)) {
      renamed = rename(*author);
    } else if (const std::string* inner = names.find(trimmed(word).name)) {
      named = trimmed(word);
      renamed = rename(*inner);
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
  for (const std::string& phrase : names.phrases()) {
    if (const auto renamed = rename(phrase)) result = replace_phrase(result, phrase, *renamed);
  }
  return result;
}

std::vector<std::string> authors_of(const Session& session) {
  std::set<std::string> distinct;
  for (const Turn& turn : session.turns) distinct.insert(turn.author);
  return {distinct.begin(), distinct.end()};
}

void rename_authors(Session& session, const Rename& rename) {
  const std::vector<std::string> authors = authors_of(session);
  session.title = rename_mentions(session.title, authors, rename);
  for (Turn& turn : session.turns) {
    turn.text = rename_mentions(turn.text, authors, rename);
    if (auto renamed = rename(turn.author)) turn.author = std::move(*renamed);
  }
}

}  // namespace recon
