#include "names.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>

#include "text.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

bool is_honorific(std::string_view word) {
  constexpr std::array<std::string_view, 15> honorifics = {"mr",  "mrs",  "ms",        "miss", "mx",
                                                           "dr",  "sir",  "dame",      "rt",   "right",
                                                           "hon", "prof", "professor", "rev",  "reverend"};
  std::string lower = ascii_lower_case(word);
  if (lower.ends_with('.')) lower.pop_back();
  return std::find(honorifics.begin(), honorifics.end(), lower) != honorifics.end();
}

bool is_chair(std::string_view lower) {
  constexpr std::array<std::string_view, 12> chairs = {
      "mr speaker",         "mr. speaker",          "madam speaker", "mr deputy speaker",
      "mr. deputy speaker", "madam deputy speaker", "speaker",       "deputy speaker",
      "the speaker",        "the deputy speaker",   "the chairman",  "the chairman of ways and means"};
  return std::find(chairs.begin(), chairs.end(), lower) != chairs.end();
}

bool is_prime_minister(std::string_view lower) {
  constexpr std::string_view office = "the prime minister";
  if (!lower.starts_with(office)) return false;
  lower.remove_prefix(office.size());
  return lower.empty() || lower.front() == ' ' || lower.front() == ',';
}

/// The texts in parentheses at the top level, the first and the last of them.
struct Parentheses {
  std::string_view first, last;
};

Parentheses parentheses_of(std::string_view text) {
  Parentheses found;
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && depth++ == 0) begin = i + 1;
    if (text[i] != ')' || depth == 0 || --depth != 0) continue;
    found.last = text.substr(begin, i - begin);
    if (found.first.data() == nullptr) found.first = found.last;
  }
  return found;
}

/// Without "rose—" behind the name of someone who wants to speak.
std::string_view without_rose(std::string_view text) {
  constexpr std::array<std::string_view, 4> ends = {"—", "–", "-", ":"};
  for (const std::string_view end : ends) {
    if (text.ends_with(end)) text = trim(text.substr(0, text.size() - end.size()));
  }
  constexpr std::string_view rose = " rose";
  if (text.ends_with(rose)) text.remove_suffix(rose.size());
  return trim(text);
}

}  // namespace

std::string plain_name(std::string_view text) {
  const std::string name = collapse_white_space(text);
  std::string_view rest = name;
  for (std::size_t space = rest.find(' '); space != std::string_view::npos; space = rest.find(' ')) {
    const std::string_view word = rest.substr(0, space);
    const bool article = word == "the" || word == "The";
    const std::string_view next = rest.substr(space + 1);
    if (next.starts_with("Member")) break;  // "Hon. Members" are nobody in particular
    if (!is_honorific(word) && !(article && is_honorific(next.substr(0, next.find(' '))))) break;
    rest = next;
  }
  return std::string(rest);
}

Attribution parse_attribution(std::string_view text) {
  const std::string whole = collapse_white_space(text);
  const std::string_view shown = without_rose(whole);
  Attribution result;
  if (shown.empty()) return result;
  result.printed = std::string(trim(shown.substr(0, shown.find('('))));
  const Parentheses parentheses = parentheses_of(shown);
  const std::string lower = ascii_lower_case(result.printed);
  if (is_chair(lower)) {
    result.role = PmqRole::chair;
  } else if (is_prime_minister(lower)) {
    result.role = PmqRole::prime_minister;
    result.name = plain_name(parentheses.first);
  } else if (lower.starts_with("the ")) {
    result.role = PmqRole::office;
    result.name = plain_name(parentheses.last);
  } else if (!lower.empty()) {
    result.role = PmqRole::member;
    result.name = plain_name(result.printed);
    result.seat = collapse_white_space(parentheses.first);
  }
  return result;
}

PmqNames::PmqNames(std::string prime_minister, const std::vector<PmqSection>& sections)
    : prime_minister_(std::move(prime_minister)) {
  if (!prime_minister_.empty()) {
    std::string speaker;
    for (const PmqSection& section : sections) {
      for (const PmqSpeech& speech : section.speeches) {
        const bool is_office = parse_attribution(speech.attribution).role == PmqRole::prime_minister ||
                               parse_attribution(speech.office).role == PmqRole::prime_minister;
        if (is_office && !speech.speaker.empty()) by_speaker_.try_emplace(speech.speaker, prime_minister_);
        if (is_office && speaker.empty()) speaker = speech.speaker;
      }
    }
    owners_.emplace(prime_minister_, speaker);
    by_ending_[prime_minister_.substr(prime_minister_.rfind(' ') + 1)].insert(prime_minister_);
  }
  // What names a member with the seat, or an office, is complete; other names may be short forms of these.
  for (const bool complete : {true, false}) {
    for (const PmqSection& section : sections) {
      for (const PmqSpeech& speech : section.speeches) add_mention(speech, complete);
    }
  }
}

void PmqNames::add_mention(const PmqSpeech& speech, bool complete) {
  const Attribution who = parse_attribution(speech.attribution);
  const bool named = (who.role == PmqRole::member || who.role == PmqRole::office) && !who.name.empty();
  if (!named || complete != (who.role == PmqRole::office || !who.seat.empty())) return;
  const bool one_word = who.name.find(' ') == std::string::npos;
  if (!complete && (one_word || (speech.speaker.empty() && by_ending_.contains(who.name)))) return;
  if (!speech.speaker.empty() && by_speaker_.contains(speech.speaker)) {
    if (who.role == PmqRole::office) by_office_.try_emplace(who.printed, by_speaker_.at(speech.speaker));
    return;
  }
  const std::string author = unclaimed(who.name, speech.speaker, who.seat);
  std::string& owner = owners_.try_emplace(author, speech.speaker).first->second;
  if (owner.empty()) owner = speech.speaker;
  if (!speech.speaker.empty()) by_speaker_.emplace(speech.speaker, author);
  if (who.role == PmqRole::office) by_office_.try_emplace(who.printed, author);
  // "Mr. Duncan Smith" may follow "Mr. Iain Duncan Smith". Few names have more than four words.
  std::string_view ending = who.name;
  for (int words = 0; words < 4; ++words) {
    const std::size_t space = ending.find(' ');
    if (space == std::string_view::npos) break;
    ending.remove_prefix(space + 1);
    by_ending_[std::string(ending)].insert(author);
  }
}

std::string PmqNames::unclaimed(const std::string& name, const std::string& speaker,
                                const std::string& mark) const {
  const auto owner = owners_.find(name);
  const bool other_person =
      owner != owners_.end() && !owner->second.empty() && !speaker.empty() && owner->second != speaker;
  if (!other_person) return name;
  return fmt::format("{} ({})", name, mark.empty() ? speaker : mark);
}

std::string PmqNames::author(const PmqSpeech& speech) const {
  const Attribution who = parse_attribution(speech.attribution);
  if (who.role == PmqRole::prime_minister) return prime_minister_;
  if (!speech.speaker.empty()) {
    const auto known = by_speaker_.find(speech.speaker);
    if (known != by_speaker_.end()) return known->second;
  }
  if (who.role == PmqRole::office && who.name.empty()) {
    const auto known = by_office_.find(who.printed);
    return known == by_office_.end() ? who.printed : known->second;
  }
  if (who.role != PmqRole::member || !who.seat.empty() || owners_.contains(who.name)) return who.name;
  const auto known = by_ending_.find(who.name);
  if (known != by_ending_.end() && known->second.size() == 1) return *known->second.begin();
  return who.name.find(' ') == std::string::npos ? who.printed : who.name;
}

}  // namespace recon
