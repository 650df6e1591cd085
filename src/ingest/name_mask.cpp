#include "recon/ingest/name_mask.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "name_parts.hpp"
#include "words.hpp"

namespace recon {

namespace {

/// A stretch of a text, in bytes.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_handle_byte(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

/// A name as accounts have it, which no rule for people's names fits.
bool is_handle(std::string_view name) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_handle_byte)) return false;
  const auto is_mark = [](char c) { return !is_letter(c) && c != '-'; };
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  return std::any_of(name.begin(), name.end(), is_mark) ||
         (name.find('-') == std::string_view::npos && std::any_of(name.begin() + 1, name.end(), is_capital) &&
          std::any_of(name.begin(), name.end(), is_small));
}

/// Bytes before `at` that say that an account follows.
std::size_t mention_mark_before(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  for (const std::string_view mark : {"/u/", "/U/", "u/", "U/", "/user/", "user/", "@"}) {
    if (!before.ends_with(mark)) continue;
    const std::size_t begin = at - mark.size();
    if (begin == 0 || !(is_letter(text[begin - 1]) || is_digit(text[begin - 1]))) return mark.size();
  }
  return 0;
}

/// Words that may stand between the first given name and the surname.
constexpr std::size_t longest_given = 4;

/// A text in which a name is looked for.
class NamedText {
 public:
  NamedText(std::string_view text, const NameParts& name) : text_(text), words_(words_of(text)), name_(name) {
    for (const std::u32string& word : name.surname) whole_surname_ += word;
  }

  [[nodiscard]] std::vector<Stretch> find() const {
    std::vector<Stretch> found;
    std::size_t free = 0;  // words before it belong to a name already
    for (std::size_t at = 0; at < words_.size();) {
      const std::size_t after = surname_at(at);
      const auto stretch = after > at ? name_around(free, at, after) : std::nullopt;
      ++at;
      if (!stretch) continue;
      found.push_back(*stretch);
      while (at < words_.size() && words_[at].begin < stretch->end) ++at;
      free = at;
    }
    return found;
  }

 private:
  std::string_view text_;
  std::vector<Word> words_;
  const NameParts& name_;
  std::u32string whole_surname_;  ///< "oconnor": one word, as some write it

  /// What was found before a surname.
  struct Before {
    std::size_t begin = 0;  ///< the first word of the name
    bool given = false;     ///< a given name stands there
    bool certain = false;   ///< a given name, or a title that is no other word
  };

  [[nodiscard]] Joint joint(std::size_t at) const { return joint_of(between(at)); }
  /// What stands between the words at `at` and `at + 1`.
  [[nodiscard]] std::string_view between(std::size_t at) const {
    return text_.substr(words_[at].end, words_[at + 1].begin - words_[at].end);
  }
  [[nodiscard]] std::string_view text_of(const Word& word) const {
    return text_.substr(word.begin, word.end - word.begin);
  }

  /// The word after the surname that begins at word `at`; `at` where none does.
  [[nodiscard]] std::size_t surname_at(std::size_t at) const {
    const auto& surname = name_.surname;
    if (words_[at].folded == whole_surname_) return joined_to_more(at, at) ? at : at + 1;
    if (surname.size() < 2 || at + surname.size() > words_.size()) return at;
    for (std::size_t i = 0; i < surname.size(); ++i) {
      if (words_[at + i].folded != surname[i]) return at;
      if (i == 0) continue;
      const Joint found = joint(at + i - 1);
      if (found != name_.joints[i - 1] && found != Joint::spaces) return at;
    }
    const std::size_t last = at + surname.size() - 1;
    return joined_to_more(at, last) ? at : last + 1;
  }

  /// An underscore makes one word of two, unless it is a mark of emphasis.
  [[nodiscard]] bool joined_to_more(std::size_t first, std::size_t last) const {
    return (first > 0 && between(first - 1) == "_") || (last + 1 < words_.size() && between(last) == "_");
  }

  [[nodiscard]] bool is_given(const Word& word) const {
    return std::find(name_.given.begin(), name_.given.end(), word.folded) != name_.given.end();
  }
  [[nodiscard]] bool is_initial(const Word& word) const {
    return word.folded.size() == 1 && word.capital &&
           std::any_of(name_.given.begin(), name_.given.end(),
                       [&](const std::u32string& given) { return given.starts_with(word.folded); });
  }

  [[nodiscard]] std::size_t before_particles(std::size_t free, std::size_t begin) const {
    for (auto particle = name_.particles.rbegin(); particle != name_.particles.rend() && begin > free;
         ++particle) {
      const Joint after = joint(begin - 1);
      if (words_[begin - 1].folded != *particle || after == Joint::comma || after == Joint::other) break;
      --begin;
    }
    return begin;
  }

  /// Whether the word at `at` belongs to the given names; `before_surname` says that the next one does not.
  [[nodiscard]] bool is_of_given_names(std::size_t at, bool before_surname) const {
    const Word& word = words_[at];
    const Joint after = joint(at);
    if (after != Joint::spaces && after != Joint::initial && after != Joint::hyphen) return false;
    if (word.folded.size() > 1 && is_given(word)) return after != Joint::initial;
    const bool behind_given = at > 0 && behind_given_name(at);
    if (word.folded.size() == 1 && word.capital)
      return after == Joint::initial ? is_initial(word) || behind_given : behind_given;
    // A middle name that the source's form of the name leaves out.
    return before_surname && behind_given && word.capital && after == Joint::spaces &&
           title_kind(word.folded) == TitleKind::none;
  }

  /// Whether a given name, or its initial with a point, stands right before word `at`.
  [[nodiscard]] bool behind_given_name(std::size_t at) const {
    const Word& before = words_[at - 1];
    const Joint after = joint(at - 1);
    if (after == Joint::initial) return is_initial(before);
    return after == Joint::spaces && before.folded.size() > 1 && before.capital && is_given(before);
  }

  /// `free` is the first word that belongs to no other name.
  [[nodiscard]] Before before_surname(std::size_t free, std::size_t surname) const {
    const std::size_t whole = before_particles(free, surname);
    Before before{whole};
    while (before.begin > free && is_of_given_names(before.begin - 1, before.begin == whole)) {
      --before.begin;
      before.given = before.given || words_[before.begin].folded.size() > 1;
    }
    before.certain = before.given;
    for (bool any = false; before.begin > free; any = true) {
      const Word& word = words_[before.begin - 1];
      const Joint after = joint(before.begin - 1);
      const TitleKind kind = title_kind(word.folded);
      const bool part = any && is_part_of_title(word.folded, words_[before.begin].folded);
      const bool title = kind == TitleKind::plain || (word.capital && (kind != TitleKind::none || part));
      // "Ask the Judge. Scalia did."
      const bool pointed =
          after == Joint::initial &&
          (kind == TitleKind::plain || kind == TitleKind::abbreviation || word.folded == U"rt");
      if (!title || (after != Joint::spaces && !pointed)) break;
      --before.begin;
      before.certain = before.certain || kind == TitleKind::plain;
    }
    return before;
  }

  /// Whether the case of a surname is that of a name.
  [[nodiscard]] bool is_written_as_name(std::size_t at, std::size_t after) const {
    if (name_.capital) return words_[at].capital;
    return text_.substr(words_[at].begin, words_[after - 1].end - words_[at].begin) == name_.surname_text;
  }

  /// The name whose surname are the words from `at` to before `after`.
  [[nodiscard]] std::optional<Stretch> name_around(std::size_t free, std::size_t at,
                                                   std::size_t after) const {
    const Before before = before_surname(free, at);
    Stretch stretch{words_[before.begin].begin, words_[after - 1].end};
    const std::size_t mark = mention_mark_before(text_, stretch.begin);
    stretch.begin -= mark;
    if (mark == 0 && !before.certain && !is_written_as_name(at, after)) return std::nullopt;
    stretch.end = end_of_rest(after, before.given);
    return stretch;
  }

  /// Whether the given name at `at` has its surname behind it.
  [[nodiscard]] bool begins_name(std::size_t at) const {
    const std::size_t end = std::min(words_.size(), at + 1 + longest_given + name_.particles.size());
    for (std::size_t surname = at + 1; surname < end; ++surname) {
      if (surname_at(surname) > surname) return before_surname(at, surname).begin == at;
    }
    return false;
  }

  /// Where a name ends whose surname ends before word `after`: behind "Jr.", or behind the given names of
  /// "Brennan, William J.".
  [[nodiscard]] std::size_t end_of_rest(std::size_t after, bool has_given) const {
    std::size_t last = after - 1;
    if (after == words_.size()) return words_[last].end;
    const Joint behind = joint(last);
    const bool near = behind == Joint::spaces || behind == Joint::comma;
    if (near && is_name_suffix(words_[after].folded, text_of(words_[after]))) return end_with_point(after);
    if (has_given || behind != Joint::comma || name_.given.empty()) return words_[last].end;
    if (!words_[after].capital || words_[after].folded != name_.given.front() || begins_name(after))
      return words_[last].end;
    last = after;
    while (last + 1 < words_.size() && words_[last + 1].folded.size() == 1 && is_initial(words_[last + 1]) &&
           joint(last) == Joint::spaces)
      ++last;
    return last == after ? words_[last].end : end_with_point(last);
  }

  /// The point of an abbreviation goes with it, unless it may end a sentence as well.
  [[nodiscard]] std::size_t end_with_point(std::size_t last) const {
    const std::size_t end = words_[last].end;
    if (end + 1 >= text_.size() || text_[end] != '.') return end;
    const std::size_t next = text_.find_first_not_of(' ', end + 1);
    const bool goes_on = next != std::string_view::npos && ((text_[next] >= 'a' && text_[next] <= 'z') ||
                                                            (next == end + 1 && !is_letter(text_[next])));
    return goes_on && text_[next] != '\n' ? end + 1 : end;
  }
};

/// The places of a handle, in any case of letters.
std::vector<Stretch> find_handle(std::string_view text, std::string_view handle) {
  std::vector<Stretch> found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    std::size_t matched = 0;
    while (matched < handle.size() && end < text.size()) {
      // Markdown may have put a backslash before a mark.
      if (text[end] == '\\' && end + 1 < text.size() && (handle[matched] == '_' || handle[matched] == '-'))
        ++end;
      if (ascii_lower_case(text[end]) != ascii_lower_case(handle[matched])) break;
      ++end;
      ++matched;
    }
    const auto is_edge = [&](std::size_t place, std::size_t beyond, bool has_beyond) {
      if (!is_handle_byte(text[place]) && static_cast<unsigned char>(text[place]) < 0x80) return true;
      return text[place] == '_' && !(has_beyond && is_handle_byte(text[beyond]));
    };
    const bool begins = at == 0 || is_edge(at - 1, at - 2, at > 1);
    const bool ends = end == text.size() || is_edge(end, end + 1, end + 1 < text.size());
    if (matched == handle.size() && begins && ends) {
      found.push_back({at - mention_mark_before(text, at), end});
      at = end;
    } else {
      ++at;
    }
  }
  return found;
}

}  // namespace

struct NameMask::Name {
  std::string handle;  ///< empty for a name that is none
  NameParts parts;
};

NameMask::NameMask(std::string_view name) : name_(std::make_unique<Name>()) {
  if (is_handle(trim(name))) {
    name_->handle = std::string(trim(name));
  } else {
    name_->parts = parts_of_name(name);
  }
}

NameMask::~NameMask() = default;
NameMask::NameMask(NameMask&&) noexcept = default;

MaskedText NameMask::masked(std::string_view text) const {
  if (name_->handle.empty() && name_->parts.surname.empty()) return {std::string(text), 0};
  const std::vector<Stretch> found =
      name_->handle.empty() ? NamedText(text, name_->parts).find() : find_handle(text, name_->handle);
  MaskedText result;
  std::size_t at = 0;
  for (const Stretch& stretch : found) {
    result.text += text.substr(at, stretch.begin - at);
    result.text += stand_in;
    at = stretch.end;
  }
  result.text += text.substr(at);
  result.places = found.size();
  return result;
}

}  // namespace recon
