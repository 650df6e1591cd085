#include "speaker_label.hpp"

#include "recon/core/ascii.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "time_mark.hpp"

namespace recon {

namespace {

constexpr std::size_t longest_label = 140;
constexpr std::size_t longest_addition = 60;

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& words) {
  static_assert(count > 0);
  return std::binary_search(words.begin(), words.end(), word);
}

bool is_particle(std::string_view word) {
  static constexpr std::array<std::string_view, 31> particles = {
      "&",   "af",  "al",  "and", "av",  "ben", "bin", "da",  "dal", "das", "de",
      "del", "den", "der", "des", "di",  "do",  "dos", "du",  "e",   "el",  "ibn",
      "la",  "le",  "of",  "ten", "ter", "the", "van", "von", "y"};
  static_assert(std::is_sorted(particles.begin(), particles.end()));
  return is_one_of(word, particles);
}

/// Words that stand before a colon in speech and in notes about it, and are nobody's name.
bool is_no_name(std::string_view name) {
  static constexpr std::array<std::string_view, 70> words = {
      "again",    "also",       "and",        "announcement", "applause", "author",  "basically",
      "bcc",      "because",    "but",        "cc",           "chapter",  "content", "correction",
      "date",     "disclaimer", "duration",   "edit",         "end",      "episode", "example",
      "finally",  "first",      "from",       "here",         "how",      "intro",   "kind",
      "language", "laughter",   "link",       "links",        "listen",   "look",    "message",
      "music",    "n.b",        "name",       "nb",           "no",       "note",    "notes",
      "now",      "okay",       "outro",      "p.s",          "part",     "ps",      "remember",
      "sec",      "second",     "sent",       "so",           "source",   "sponsor", "start",
      "subject",  "summary",    "text",       "then",         "third",    "time",    "timestamp",
      "title",    "to",         "transcript", "translation",  "update",   "url",     "warning"};
  std::string lower = ascii_lower_case(name);
  while (lower.ends_with('.')) lower.pop_back();
  return std::find(words.begin(), words.end(), lower) != words.end();
}

/// "J.", "Ph.D.", "Dr.": other words with a stop end a sentence.
bool is_abbreviation(std::string_view word) {
  static constexpr std::array<std::string_view, 24> known = {
      "Adm.", "Capt.", "Col.", "Dr.", "Fr.",   "Gen.",  "Gov.", "Hon.", "Jr.",  "Lt.",  "Maj.", "Mme.",
      "Mr.",  "Mrs.",  "Ms.",  "Mx.", "Pres.", "Prof.", "Rep.", "Rev.", "Sen.", "Sgt.", "Sr.",  "St."};
  if (!word.ends_with('.')) return true;
  const std::string_view inner = word.substr(0, word.size() - 1);
  const bool initial =
      inner.size() == 1 ||
      (!inner.empty() && static_cast<unsigned char>(inner[0]) >= 0x80U && count_characters(inner) == 1);
  return initial || inner.find('.') != std::string_view::npos ||
         std::find(known.begin(), known.end(), word) != known.end();
}

/// A word of a name. A letter beyond ASCII passes as a capital.
bool is_name_word(std::string_view word) {
  if (word.find_first_of("?!;\"/=<>@*#()[]{}|\\") != std::string_view::npos || !is_abbreviation(word))
    return false;
  for (const std::string_view mark : {"“", "”", "‘", "—", "–", "…", "→"}) {
    if (word.find(mark) != std::string_view::npos) return false;
  }
  const char first = word.front();
  const bool elided = word.size() > 2 && (word[1] == '\'' || word.substr(1).starts_with("’"));  // d'Artagnan
  return (first >= 'A' && first <= 'Z') || is_digit(first) || static_cast<unsigned char>(first) >= 0x80U ||
         (elided && (first == 'd' || first == 'l'));
}

/// Whether a name could be one, digits aside.
bool is_name(std::string_view name) {
  constexpr std::size_t most_words = 5;
  if (name.empty() || is_digit(name.front()) || is_no_name(name)) return false;
  const std::string_view first = name.substr(0, name.find(' '));
  if (first == "the" || first == "and" || first == "of" || first == "&" || first == "e" || first == "y")
    return false;
  std::size_t words = 0;
  std::size_t particles = 0;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find(' '), name.size());
    const std::string_view word = name.substr(0, end);
    if (is_particle(word)) {
      ++particles;
    } else if (!is_name_word(word)) {
      return false;
    } else {
      ++words;
    }
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words > 0 && words <= most_words && particles <= most_words;
}

bool has_digit(std::string_view name) { return std::any_of(name.begin(), name.end(), is_digit); }

/// "Speaker 4", "SPEAKER_00", "Guest 2": a role with a number instead of a name.
bool is_numbered_role(std::string_view name) {
  static constexpr std::array<std::string_view, 14> roles = {
      "attendee",    "audience member", "caller",      "guest",  "host",
      "interviewee", "interviewer",     "participant", "person", "spk",
      "speaker",     "unknown speaker", "voice",       "witness"};
  const std::size_t end = name.find_last_not_of("0123456789");
  if (end == std::string_view::npos || end + 1 == name.size()) return false;
  std::string role = ascii_lower_case(name.substr(0, end + 1));
  while (!role.empty() &&
         (role.back() == ' ' || role.back() == '_' || role.back() == '#' || role.back() == '-'))
    role.pop_back();
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

/// What may stand between a time and a name, and around a name.
std::size_t separator_length(std::string_view text) {
  if (const std::size_t space = space_length(text)) return space;
  for (const std::string_view mark :
       {"-->", "->", "→", "–", "—", "·", "•", "»", "｜", "|", "-", ",", ";", "/", "@"}) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

std::size_t separators_at(std::string_view text) {
  std::size_t at = 0;
  while (const std::size_t length = separator_length(text.substr(at))) at += length;
  return at;
}

/// "- ", "• ", ">> ", "1. ": marks of lists and of a change of speakers.
std::size_t list_mark_at(std::string_view text) {
  std::size_t at = 0;
  while (const std::size_t length = space_length(text.substr(at))) at += length;
  std::size_t mark = at;
  while (mark < text.size() && text[mark] == '>') ++mark;
  if (mark == at) {
    for (const std::string_view list : {"- ", "* ", "+ ", "• ", "– ", "— "}) {
      if (text.substr(at).starts_with(list)) mark = at + list.size();
    }
  }
  while (const std::size_t length = space_length(text.substr(mark))) mark += length;
  return mark;
}

/// The bracket at the start and what stands in it; the whole length, 0 where there is none.
std::size_t addition_at(std::string_view text, std::string_view& inner) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> brackets = {
      {{"(", ")"}, {"[", "]"}, {"（", "）"}, {"［", "］"}, {"【", "】"}}};
  for (const auto& [open, close] : brackets) {
    if (!text.starts_with(open)) continue;
    const std::size_t end = text.substr(0, longest_addition).find(close);
    if (end == std::string_view::npos) return 0;
    inner = text.substr(open.size(), end - open.size());
    return end + close.size();
  }
  return 0;
}

/// Reads the parts of a label one after the other.
class LabelScanner {
 public:
  explicit LabelScanner(std::string_view text) : text_(text.substr(0, longest_label)) {}

  /// Whether there is anything that could be a label.
  bool scan() {
    at_ = list_mark_at(text_);
    skip_times();
    begin_ = at_;
    if (!scan_name()) return false;
    skip_behind_name();
    if (const std::size_t length = colon_length(rest())) {
      if (rest().substr(length).starts_with('/')) return false;  // an address
      colon_ = true;
      at_ += length;
    }
    return true;
  }
  [[nodiscard]] std::string name() const { return collapse_white_space(shown_name()); }
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return begin_ + shown_name().size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool colon() const { return colon_; }
  [[nodiscard]] bool timed() const { return timed_before_ || timed_after_; }
  /// A time in brackets, or one that a mark parts from the words, stands behind the name.
  [[nodiscard]] bool time_ends_it() const { return timed_after_ && clear_end_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0, end_ = 0;  ///< of the name
  bool colon_ = false, timed_before_ = false, timed_after_ = false, clear_end_ = false;

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  /// The name without what parts it from a time.
  [[nodiscard]] std::string_view shown_name() const {
    std::string_view name = text_.substr(begin_, end_ - begin_);
    while (!name.empty() && separator_at_end(name) > 0) name.remove_suffix(separator_at_end(name));
    return name;
  }

  static std::size_t separator_at_end(std::string_view name) {
    for (std::size_t length = 1; length <= 3 && length <= name.size(); ++length) {
      if (separator_length(name.substr(name.size() - length)) == length) return length;
    }
    return 0;
  }

  void skip_times() {
    while (const std::size_t length = time_mark_at(rest()).bytes) {
      timed_before_ = true;
      at_ += length;
      at_ += separators_at(rest());
      // "00:05: Name"
      const std::size_t colon = colon_length(rest());
      if (colon > 0) at_ += colon + separators_at(rest().substr(colon));
    }
  }

  /// Ends before a colon, a time or a bracket.
  bool scan_name() {
    std::string_view inner;
    if (const std::size_t length = addition_at(rest(), inner)) return scan_enclosed(inner, length);
    bool word_begins = true;
    while (at_ < text_.size() && colon_length(rest()) == 0) {
      if (word_begins && at_ > begin_ && time_mark_at(rest()).bytes > 0) break;
      if (at_ > begin_ && addition_at(rest(), inner) > 0) break;
      const std::size_t separator = separator_length(rest());
      word_begins = separator > 0;
      at_ += std::max<std::size_t>(separator, 1);
    }
    end_ = at_;
    return end_ > begin_;
  }

  /// "[Name]:", "[Name 00:05]:", "[00:05 Name]:"
  bool scan_enclosed(std::string_view inner, std::size_t length) {
    const auto offset = static_cast<std::size_t>(inner.data() - text_.data());
    LabelScanner enclosed(inner);
    if (!enclosed.scan() || (enclosed.at() != inner.size() && !enclosed.colon())) return false;
    begin_ = offset + enclosed.begin();
    end_ = offset + enclosed.end();
    timed_before_ = timed_before_ || enclosed.timed();
    at_ += length;
    if (enclosed.colon() && enclosed.at() == inner.size() && colon_length(rest()) == 0) colon_ = true;
    return true;
  }

  void skip_behind_name() {
    std::string_view inner;
    for (;;) {
      const std::size_t separators = separators_at(rest());
      const std::string_view next = rest().substr(separators);
      const TimeMark time = time_mark_at(next);
      std::size_t length = time.bytes;
      if (length > 0) {
        timed_after_ = true;
        clear_end_ = time.bracketed;
      } else {
        length = addition_at(next, inner);
      }
      if (length == 0) {
        const bool ends = next.empty() || colon_length(next) > 0;
        // "Name 00:05 – words"
        if (timed_after_ && separators > 0 && separators != spaces(rest())) clear_end_ = true;
        if (ends || timed_after_) at_ += separators;
        return;
      }
      at_ += separators + length;
    }
  }

  static std::size_t spaces(std::string_view text) {
    std::size_t at = 0;
    while (const std::size_t length = space_length(text.substr(at))) at += length;
    return at;
  }
};

/// The label's words: without spaces and bracketed times in front.
void read_words(std::string_view text, std::size_t at, Label& label) {
  std::string_view words = text.substr(at);
  for (;;) {
    while (const std::size_t length = space_length(words)) words.remove_prefix(length);
    const TimeMark time = time_mark_at(words);
    if (!time.bracketed) {
      label.bare_after = time.bytes;
      break;
    }
    words.remove_prefix(time.bytes);
    label.timed = true;
  }
  label.words = words;
}

bool may_name(std::string_view name) { return is_numbered_role(name) || (is_name(name) && !has_digit(name)); }

}  // namespace

std::optional<Label> speaker_label(std::string_view text) {
  LabelScanner scanner(text);
  if (!scanner.scan()) return std::nullopt;
  Label label;
  label.name = scanner.name();
  if (!may_name(label.name)) return std::nullopt;
  label.begin = scanner.begin();
  label.end = scanner.end();
  label.timed = scanner.timed();
  read_words(text, scanner.at(), label);
  if (scanner.colon()) return label;
  if (!scanner.timed()) return std::nullopt;
  if (label.words.empty()) {
    label.form = Label::Form::own_line;
  } else if (scanner.time_ends_it()) {
    label.form = Label::Form::time_after;
  } else {
    return std::nullopt;
  }
  return label;
}

bool is_numbered_label(std::string_view text) {
  LabelScanner scanner(text);
  if (!scanner.scan() || !scanner.colon()) return false;
  const std::string name = scanner.name();
  if (may_name(name) || !has_digit(name)) return false;
  std::string stem;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find(' ', at), name.size());
    const std::string word = name.substr(at, end - at);
    if (!has_digit(word)) stem += (stem.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return is_name(stem);
}

bool is_lone_name(std::string_view text) {
  const std::string name = collapse_white_space(text);
  return may_name(name) && !name.ends_with('.') && !name.ends_with(',');
}

bool is_nameless_speaker(std::string_view name) {
  if (name == "Audience" || name == "Audience Member" || name == "Unknown Speaker") return true;
  const std::string lower = ascii_lower_case(name);
  return is_digit(name.back()) && is_numbered_role(name) &&
         (lower.starts_with("speaker") || lower.starts_with("unknown speaker"));
}

}  // namespace recon
