#include "outcome_words.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace recon {
namespace {

struct Wording {
  std::string_view words;
  Outcome outcome;
};

/// In lower case, punctuation gone.
constexpr std::array wordings{
    Wording{"tie", Outcome::tie},
    Wording{"tied", Outcome::tie},
    Wording{"a tie", Outcome::tie},
    Wording{"draw", Outcome::tie},
    Wording{"equal", Outcome::tie},
    Wording{"equally close", Outcome::tie},
    Wording{"equally good", Outcome::tie},
    Wording{"tie equally good", Outcome::tie},
    Wording{"tie equally close", Outcome::tie},
    Wording{"both equally good", Outcome::tie},
    Wording{"both equally close", Outcome::tie},
    Wording{"tie good", Outcome::tie},
    Wording{"good tie", Outcome::tie},
    Wording{"tie both good", Outcome::tie},
    Wording{"tie both close", Outcome::tie},
    Wording{"tie both are good", Outcome::tie},
    Wording{"tie both are close", Outcome::tie},
    Wording{"both good", Outcome::tie},
    Wording{"both close", Outcome::tie},
    Wording{"both are good", Outcome::tie},
    Wording{"both are close", Outcome::tie},
    Wording{"equally bad", Outcome::tie_bad},
    Wording{"tie equally bad", Outcome::tie_bad},
    Wording{"both equally bad", Outcome::tie_bad},
    Wording{"tie bad", Outcome::tie_bad},
    Wording{"tiebad", Outcome::tie_bad},
    Wording{"bad tie", Outcome::tie_bad},
    Wording{"tie both bad", Outcome::tie_bad},
    Wording{"tie both off", Outcome::tie_bad},
    Wording{"tie both far", Outcome::tie_bad},
    Wording{"tie both poor", Outcome::tie_bad},
    Wording{"tie both are bad", Outcome::tie_bad},
    Wording{"tie both are off", Outcome::tie_bad},
    Wording{"tie bad both bad", Outcome::tie_bad},
    Wording{"tie bad both off", Outcome::tie_bad},
    Wording{"both bad", Outcome::tie_bad},
    Wording{"both off", Outcome::tie_bad},
    Wording{"both far", Outcome::tie_bad},
    Wording{"both far off", Outcome::tie_bad},
    Wording{"both poor", Outcome::tie_bad},
    Wording{"both are bad", Outcome::tie_bad},
    Wording{"both are off", Outcome::tie_bad},
    Wording{"both are far off", Outcome::tie_bad},
    Wording{"neither", Outcome::tie_bad},
    Wording{"na", Outcome::na},
    Wording{"n a", Outcome::na},
    Wording{"not applicable", Outcome::na},
    Wording{"does not apply", Outcome::na},
    Wording{"na not applicable", Outcome::na},
    Wording{"n a not applicable", Outcome::na},
};

constexpr std::array<std::string_view, 7> nouns{"",       "answer ", "option ", "response ",
                                                "reply ", "choice ", "verdict "};
constexpr std::array<std::string_view, 5> praises{"", " is closer", " closer", " wins", " is clearly closer"};

/// Lower case, everything but letters, digits and what may join two answers gone.
std::string plain_words(std::string_view words) {
  constexpr std::string_view joining = "<>=|&+%";
  std::string plain;
  for (const char c : words) {
    const char lower = ascii_lower_case(c);
    const bool kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                      static_cast<unsigned char>(c) >= 0x80 || joining.find(c) != std::string_view::npos;
    plain += kept ? lower : ' ';
  }
  return collapse_white_space(plain);
}

std::optional<Outcome> winner_from(std::string_view plain) {
  for (const std::string_view noun : nouns) {
    if (!plain.starts_with(noun)) continue;
    const std::string_view rest = plain.substr(noun.size());
    if (rest.empty() || (rest.front() != 'a' && rest.front() != 'b')) continue;
    if (std::find(praises.begin(), praises.end(), rest.substr(1)) == praises.end()) continue;
    return rest.front() == 'a' ? Outcome::a : Outcome::b;
  }
  return std::nullopt;
}

std::optional<Outcome> outcome_from_plain(std::string_view plain) {
  if (const auto winner = winner_from(plain)) return winner;
  for (const Wording& wording : wordings) {
    if (plain == wording.words) return wording.outcome;
  }
  return std::nullopt;
}

/// Whether a remark could take back what it follows.
bool may_take_back(std::string_view plain, Outcome outcome) {
  for (const std::string& word : comparison_words(plain)) {
    constexpr std::array<std::string_view, 9> others{"tie", "tied", "both", "neither", "or",
                                                     "not", "no",   "draw", "equal"};
    if (std::find(others.begin(), others.end(), word) != others.end()) return true;
    if (word == "a" && outcome != Outcome::a) return true;
    if (word == "b" && outcome != Outcome::b) return true;
  }
  return false;
}

/// `A (closer in tone)`: what stands before a remark in brackets, where the remark only adds to it.
std::optional<Outcome> outcome_before_remark(std::string_view words) {
  const std::size_t open = words.find('(');
  if (open == std::string_view::npos || !words.ends_with(')')) return std::nullopt;
  const auto outcome = outcome_from_plain(plain_words(words.substr(0, open)));
  if (!outcome || *outcome == Outcome::tie || *outcome == Outcome::tie_bad) return std::nullopt;
  return may_take_back(words.substr(open), *outcome) ? std::nullopt : outcome;
}

}  // namespace

std::optional<Outcome> outcome_from_words(std::string_view words) {
  words = trim(words);
  constexpr std::size_t longest = 160;
  if (words.size() > longest) return std::nullopt;
  if (const auto outcome = outcome_from_plain(plain_words(words))) return outcome;
  return outcome_before_remark(words);
}

}  // namespace recon
