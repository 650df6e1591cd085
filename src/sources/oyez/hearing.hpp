#pragma once

#include "recon/records/records.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace recon {

/// What a hearing file gave.
struct OyezHearing {
  std::optional<Session> session;  ///< absent where the transcript is null
  std::size_t turns_without_speaker = 0;
  std::size_t empty_turns = 0;
};

/// Parses hearings of the Oyez archive (`<term>.<docket>-tNN.json`), one after the other; its memory is used
/// again. One thread uses an object.
class OyezParser {
 public:
  OyezParser();
  ~OyezParser();
  OyezParser(const OyezParser&) = delete;
  OyezParser& operator=(const OyezParser&) = delete;

  /// `stem` is the file's name without `.json`, and becomes the session's id. Turns without a speaker and
  /// without words are dropped, then consecutive turns of one speaker merged. Throws RunError saying what is
  /// wrong and where in the JSON.
  [[nodiscard]] OyezHearing parse(std::string_view content, std::string_view stem);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
