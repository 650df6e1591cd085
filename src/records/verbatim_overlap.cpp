#include "recon/records/verbatim_overlap.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace recon {
namespace {

template <class Number>
std::uint64_t number_at(const char* bytes) {
  Number number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

/// Good enough for a table of a few words that is asked for thousands.
std::uint64_t hash_of(std::string_view word) {
  const char* bytes = word.data();
  std::uint64_t hash = word.size();
  const auto mix = [&](std::uint64_t part) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32U;
  };
  // What is left at the end is read together with what stands before it: no loop over bytes.
  if (word.size() >= 8) {
    for (std::size_t at = 0; at + 8 < word.size(); at += 8) mix(number_at<std::uint64_t>(bytes + at));
    mix(number_at<std::uint64_t>(bytes + word.size() - 8));
  } else if (word.size() >= 4) {
    mix(number_at<std::uint32_t>(bytes) | number_at<std::uint32_t>(bytes + word.size() - 4) << 32U);
  } else if (!word.empty()) {
    mix(number_at<std::uint8_t>(bytes) | number_at<std::uint8_t>(bytes + word.size() / 2) << 8U |
        number_at<std::uint8_t>(bytes + word.size() - 1) << 16U);
  }
  return hash;
}

}  // namespace

VerbatimOverlap::VerbatimOverlap(std::string_view action, std::string_view context)
    : words_(1), context_(context) {
  ComparisonWords words(action);
  for (std::string_view word = words.next(); !word.empty(); word = words.next())
    words_.push_back({hash_of(word), std::string(word), 0});
  slots_.assign(std::bit_ceil(2 * words_.size()), 0);
  // From the last word to the first, so that a slot ends with the first place of its word.
  for (std::size_t place = words_.size() - 1; place > 0; --place) {
    Place& slot = slots_[slot_of(words_[place].hash, words_[place].text)];
    words_[place].next = slot;
    slot = static_cast<Place>(place);
  }
}

std::size_t VerbatimOverlap::slot_of(std::uint64_t hash, std::string_view word) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>(hash) & mask;
  for (;; slot = (slot + 1) & mask) {
    if (slots_[slot] == 0) return slot;
    const Word& known = words_[slots_[slot]];
    if (known.hash == hash && known.text == word) return slot;
  }
}

/// For every place of the action: how many words the longest span has that ends there and stands in the text.
std::vector<std::uint32_t> VerbatimOverlap::longest_spans(std::string_view text) const {
  std::vector<std::uint32_t> longest(words_.size(), 0);
  // By place: the length of the common span that ends there and at the previous (current) word of the text.
  // All are zero but those of the places where that word stands.
  std::vector<std::uint32_t> previous(words_.size(), 0), current(words_.size(), 0);
  Place previous_first = 0;
  ComparisonWords words(text);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const Place first = slots_[slot_of(hash_of(word), word)];
    if (first == 0 && previous_first == 0) continue;
    for (Place place = first; place != 0; place = words_[place].next) {
      current[place] = previous[place - 1] + 1;
      longest[place] = std::max(longest[place], current[place]);
    }
    for (Place place = previous_first; place != 0; place = words_[place].next) previous[place] = 0;
    std::swap(previous, current);
    previous_first = first;
  }
  return longest;
}

double VerbatimOverlap::of(std::string_view trace) {
  const std::size_t count = words_.size() - 1;
  if (count == 0) return 0;
  const std::vector<std::uint32_t> in_trace = longest_spans(trace);
  if (std::all_of(in_trace.begin(), in_trace.end(), [](std::uint32_t length) { return length == 0; }))
    return 0;
  if (!in_context_) in_context_ = longest_spans(context_);
  // Of the spans that end at one word, the shorter ones stand wherever the longer ones do.
  std::uint32_t most = 0;
  for (std::size_t place = 1; place <= count; ++place) {
    if (in_trace[place] > (*in_context_)[place]) most = std::max(most, in_trace[place]);
  }
  return static_cast<double>(most) / static_cast<double>(count);
}

double verbatim_overlap(std::string_view trace, std::string_view action, std::string_view context) {
  return VerbatimOverlap(action, context).of(trace);
}

}  // namespace recon
