#include "columns.hpp"

#include "recon/core/ascii.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "text.hpp"

namespace recon {

namespace {

/// A number in front of a word, with no space between.
struct FoundNumber {
  std::size_t speech = 0, at = 0;
  std::string digits;
  bool glued = false;  ///< to what stands before it, too
  bool between_letters = false;
  int number = 0;  ///< of a glued one
  bool accepted = false;
};

struct ColumnRange {
  int above = 0, to = -1;
  [[nodiscard]] bool known() const { return to >= above; }
  [[nodiscard]] bool has(int number) const { return number > above && number <= to; }
};

/// How the text before a number ends.
void look_before(std::string_view before, FoundNumber& candidate) {
  if (before.size() < 2) return;
  const char last = before.back();
  const char second = before[before.size() - 2];
  candidate.between_letters = is_letter(last) && is_letter(second);
  constexpr std::string_view marks = ".,;:?!)";
  // "15,000" and "7.6" are numbers of their own.
  const bool mark = marks.find(last) != std::string_view::npos && !is_digit(second);
  candidate.glued = candidate.between_letters || mark || before.ends_with("”") || before.ends_with("’");
}

/// Whether a word or something like it follows a number.
bool word_follows(std::string_view after, bool glued) {
  if (after.starts_with("“") || after.starts_with("‘")) return glued;
  if (glued && after.starts_with('[')) return true;
  std::size_t letters = 0;
  while (letters < after.size() && letters < 4 && is_letter(after[letters])) ++letters;
  // Behind a space "73p", "5th" and "20mph" are no columns.
  return glued ? letters > 0 : letters == 4;
}

void find_candidates(std::string_view text, std::size_t speech, std::vector<FoundNumber>& found) {
  constexpr std::size_t longest = 7;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_digit(text[end])) ++end;
    FoundNumber candidate;
    candidate.speech = speech;
    candidate.at = i;
    if (end - i <= longest) {
      candidate.digits = std::string(text.substr(i, end - i));
      look_before(text.substr(0, i), candidate);
      candidate.glued = candidate.glued && end - i <= 4 && text[i] != '0';
      candidate.number = candidate.glued ? std::stoi(candidate.digits) : 0;
      if (word_follows(text.substr(end), candidate.glued)) found.push_back(std::move(candidate));
    }
    i = end;
  }
}

/// The columns that each speech spans, from where it begins to where the next one does.
std::vector<ColumnRange> ranges_of(const std::vector<PmqSpeech*>& speeches) {
  constexpr int widest = 20;  // more means a gap in the source
  std::vector<ColumnRange> ranges(speeches.size());
  std::optional<int> next;
  for (std::size_t i = speeches.size(); i-- > 0;) {
    const std::optional<int> column = speeches[i]->column;
    if (column && next && *next >= *column && *next - *column <= widest) ranges[i] = {*column, *next};
    if (column) next = column;
  }
  return ranges;
}

void accept_glued(std::vector<FoundNumber>& candidates, const std::vector<ColumnRange>& ranges) {
  std::vector<FoundNumber*> glued;
  for (FoundNumber& candidate : candidates) {
    if (candidate.glued) glued.push_back(&candidate);
  }
  for (std::size_t i = 0; i < glued.size(); ++i) {
    FoundNumber& candidate = *glued[i];
    const ColumnRange& range = ranges[candidate.speech];
    const bool after_one = i > 0 && glued[i - 1]->number + 1 == candidate.number;
    const bool before_one = i + 1 < glued.size() && candidate.number + 1 == glued[i + 1]->number;
    const bool alone_certain = candidate.between_letters && candidate.digits.size() >= 2;
    candidate.accepted =
        range.known() ? range.has(candidate.number) : after_one || before_one || alone_certain;
  }
}

/// Accepts the column number at the end of other digits, where columns on both sides leave just one.
void accept_hidden(std::vector<FoundNumber>& candidates, const std::vector<ColumnRange>& ranges) {
  std::vector<int> next_accepted(candidates.size(), 0);
  int next = 0;
  for (std::size_t i = candidates.size(); i-- > 0;) {
    next_accepted[i] = next;
    if (candidates[i].accepted) next = candidates[i].number;
  }
  int last = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    FoundNumber& candidate = candidates[i];
    if (candidate.accepted) {
      last = candidate.number;
      continue;
    }
    if (candidate.glued) continue;
    const ColumnRange& range = ranges[candidate.speech];
    ColumnRange expected;
    if (range.known()) {
      expected = range;
    } else if (last > 0 && next_accepted[i] == last + 2) {
      expected = {last, last + 1};
    }
    for (int number = expected.above + 1; number <= expected.to; ++number) {
      const std::string column = std::to_string(number);
      if (!candidate.digits.ends_with(column)) continue;
      candidate.at += candidate.digits.size() - column.size();
      candidate.digits = column;
      candidate.number = last = number;
      candidate.accepted = true;
      break;
    }
  }
}

}  // namespace

void mark_glued_columns(std::vector<PmqSection>& sections) {
  std::vector<PmqSpeech*> speeches;
  for (PmqSection& section : sections) {
    for (PmqSpeech& speech : section.speeches) speeches.push_back(&speech);
  }
  // A source that marks its columns has none glued.
  const bool marked = std::any_of(speeches.begin(), speeches.end(), [](const PmqSpeech* speech) {
    return speech->text.find(pmq_gap) != std::string::npos;
  });
  if (marked) return;
  std::vector<FoundNumber> candidates;
  for (std::size_t i = 0; i < speeches.size(); ++i) find_candidates(speeches[i]->text, i, candidates);
  const std::vector<ColumnRange> ranges = ranges_of(speeches);
  accept_glued(candidates, ranges);
  accept_hidden(candidates, ranges);
  for (auto candidate = candidates.begin(); candidate != candidates.end();) {
    const std::size_t speech = candidate->speech;
    const std::string& text = speeches[speech]->text;
    std::string cleaned;
    std::size_t copied = 0;
    for (; candidate != candidates.end() && candidate->speech == speech; ++candidate) {
      if (!candidate->accepted) continue;
      cleaned.append(text, copied, candidate->at - copied);
      cleaned += pmq_gap;
      copied = candidate->at + candidate->digits.size();
    }
    cleaned.append(text, copied);
    speeches[speech]->text = std::move(cleaned);
  }
}

}  // namespace recon
