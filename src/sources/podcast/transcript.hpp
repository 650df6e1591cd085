#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// The turns of a transcript in the order spoken: empty ones are dropped, and what one author says in a row
/// becomes one turn (paper B.2).
class Transcript {
 public:
  /// `joiner` stands between the text and what the same author said just before.
  void add(std::string_view author, std::string_view text, std::string_view joiner = " ") {
    if (text.empty()) {
      ++empty_turns_;
    } else if (!turns_.empty() && turns_.back().author == author) {
      turns_.back().text += joiner;
      turns_.back().text += text;
    } else {
      turns_.push_back({std::string(author), std::string(text)});
    }
  }
  [[nodiscard]] const std::vector<Turn>& turns() const { return turns_; }
  [[nodiscard]] std::vector<Turn> take() { return std::move(turns_); }
  [[nodiscard]] std::size_t empty_turns() const { return empty_turns_; }

 private:
  std::vector<Turn> turns_;
  std::size_t empty_turns_ = 0;
};

}  // namespace recon
