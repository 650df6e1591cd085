#include "name_parts.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace recon {

namespace {

template <std::size_t count>
bool contains(const std::array<std::u32string_view, count>& list, std::u32string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::u32string_view, 5> plain_titles{U"mr", U"mrs", U"ms", U"dr", U"messrs"};
constexpr std::array<std::u32string_view, 12> abbreviations{U"mx",  U"prof", U"sen", U"rep", U"gov", U"gen",
                                                            U"col", U"capt", U"lt",  U"sgt", U"rev", U"hon"};
constexpr std::array<std::u32string_view, 38> titles{
    U"mister",     U"miss",          U"madam",          U"madame",   U"sir",        U"dame",
    U"lord",       U"lady",          U"baroness",       U"doctor",   U"professor",  U"justice",
    U"judge",      U"senator",       U"congressman",    U"governor", U"president",  U"minister",
    U"secretary",  U"congresswoman", U"representative", U"general",  U"chancellor", U"ambassador",
    U"colonel",    U"captain",       U"admiral",        U"major",    U"lieutenant", U"sergeant",
    U"councillor", U"commissioner",  U"reverend",       U"mayor",    U"honourable", U"honorable",
    U"speaker",    U"chairman"};
/// A word that goes with a name only before the title that follows it.
struct TitlePart {
  std::u32string_view word;
  std::u32string_view next;
};
constexpr std::array<TitlePart, 12> title_parts{{{U"chief", U"justice"},
                                                 {U"associate", U"justice"},
                                                 {U"prime", U"minister"},
                                                 {U"foreign", U"secretary"},
                                                 {U"home", U"secretary"},
                                                 {U"vice", U"president"},
                                                 {U"attorney", U"general"},
                                                 {U"solicitor", U"general"},
                                                 {U"rt", U"hon"},
                                                 {U"right", U"hon"},
                                                 {U"right", U"honourable"},
                                                 {U"right", U"honorable"}}};
constexpr std::array<std::u32string_view, 36> particle_words{
    U"de",  U"la",  U"le",   U"les", U"du",  U"des", U"del", U"della", U"di",    U"da",  U"das", U"do",
    U"dos", U"van", U"von",  U"der", U"den", U"ter", U"ten", U"te",    U"zu",    U"zur", U"af",  U"av",
    U"bin", U"ibn", U"bint", U"al",  U"el",  U"abu", U"st",  U"san",   U"santa", U"y",   U"d",   U"l"};
constexpr std::array<std::u32string_view, 2> plain_suffixes{U"jr", U"sr"};
constexpr std::array<std::u32string_view, 3> roman_suffixes{U"ii", U"iii", U"iv"};
constexpr std::array<std::u32string_view, 6> letters_after_name{U"esq", U"mp", U"kc", U"qc", U"phd", U"md"};

bool is_upper_case_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// The words of a name and what stands between them.
class NameWords {
 public:
  explicit NameWords(std::string_view name) : name_(name), words_(words_of(name)) {}

  [[nodiscard]] std::size_t size() const { return words_.size(); }
  [[nodiscard]] const Word& word(std::size_t at) const { return words_[at]; }
  [[nodiscard]] std::string_view text(std::size_t begin, std::size_t end) const {
    return name_.substr(words_[begin].begin, words_[end - 1].end - words_[begin].begin);
  }
  [[nodiscard]] std::string_view text(std::size_t at) const { return text(at, at + 1); }
  /// Between the words at `at` and `at + 1`.
  [[nodiscard]] Joint joint(std::size_t at) const {
    return joint_of(name_.substr(words_[at].end, words_[at + 1].begin - words_[at].end));
  }
  [[nodiscard]] bool joins(std::size_t at) const {
    const Joint between = joint(at);
    return between == Joint::hyphen || between == Joint::apostrophe;
  }

  void drop_titles() {
    const auto is_before_name = [&] {
      return title_kind(words_[0].folded) != TitleKind::none ||
             is_part_of_title(words_[0].folded, words_[1].folded);
    };
    while (words_.size() > 1 && is_before_name()) words_.erase(words_.begin());
  }
  /// "Lord Ashby of Wick" is called Ashby.
  void drop_seat() {
    for (std::size_t at = 1; at + 1 < words_.size(); ++at) {
      if (text(at) == "of") words_.resize(at);
    }
  }
  void drop_suffixes() {
    while (words_.size() > 1 && ends_with_suffix()) words_.pop_back();
  }

 private:
  std::string_view name_;
  std::vector<Word> words_;

  [[nodiscard]] bool ends_with_suffix() const {
    const std::size_t last = words_.size() - 1;
    if (is_name_suffix(words_[last].folded, text(last))) return true;
    const bool apart = joint(last - 1) == Joint::comma || is_upper_case_ascii(text(last));
    return contains(letters_after_name, words_[last].folded) && apart;
  }
};

}  // namespace

Joint joint_of(std::string_view between) {
  if (between.empty()) return Joint::none;
  for (const std::string_view hyphen : {"-", "\u2010", "\u2011", "\u2013"}) {
    if (between == hyphen) return Joint::hyphen;
  }
  for (const std::string_view apostrophe : {"'", "\u2019", "\u2018", "\u02bc", "`", "\u00b4"}) {
    if (between == apostrophe) return Joint::apostrophe;
  }
  const bool point = between.front() == '.';
  const bool comma = between.front() == ',';
  if (!collapse_white_space(between.substr(point || comma ? 1 : 0)).empty()) return Joint::other;
  return point ? Joint::initial : comma ? Joint::comma : Joint::spaces;
}

TitleKind title_kind(const std::u32string& word) {
  if (contains(plain_titles, word)) return TitleKind::plain;
  if (contains(abbreviations, word)) return TitleKind::abbreviation;
  return contains(titles, word) ? TitleKind::word : TitleKind::none;
}

bool is_part_of_title(const std::u32string& word, const std::u32string& next) {
  return std::any_of(title_parts.begin(), title_parts.end(),
                     [&](const TitlePart& part) { return part.word == word && part.next == next; });
}

bool is_name_suffix(const std::u32string& word, std::string_view text) {
  return contains(plain_suffixes, word) || (contains(roman_suffixes, word) && is_upper_case_ascii(text));
}

NameParts parts_of_name(std::string_view name) {
  NameWords words(name);
  NameParts parts;
  if (words.size() == 0) return parts;
  words.drop_suffixes();
  words.drop_seat();
  words.drop_titles();
  // "Brennan, William J." has its surname first.
  std::size_t surname_end = words.size();
  for (std::size_t at = 0; at + 1 < words.size(); ++at) {
    if (words.joint(at) == Joint::comma) surname_end = std::min(surname_end, at + 1);
  }
  const std::size_t before_all = surname_end == words.size() ? 0 : surname_end;
  std::size_t begin = surname_end - 1;
  while (begin > 0 && words.joins(begin - 1)) --begin;
  const auto is_particle = [&](std::size_t at) { return contains(particle_words, words.word(at).folded); };
  while (begin + 1 < surname_end && is_particle(begin)) ++begin;  // "al-Assad", "d'Estaing"
  // A capital particle that comes first is a given name: "Al Gore", "Van Jones".
  std::size_t particles = begin;
  while (particles > 0 && is_particle(particles - 1) &&
         (particles > 1 || !words.word(particles - 1).capital || before_all > 0))
    --particles;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const bool is_surname = at >= begin && at < surname_end;
    const bool is_before = at >= particles && at < begin;
    (is_surname ? parts.surname : is_before ? parts.particles : parts.given).push_back(words.word(at).folded);
    if (is_surname && at + 1 < surname_end) parts.joints.push_back(words.joint(at));
  }
  parts.capital = words.word(begin).capital;
  parts.surname_text = std::string(words.text(begin, surname_end));
  return parts;
}

}  // namespace recon
