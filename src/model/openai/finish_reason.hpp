#pragma once

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <string>
#include <string_view>

namespace recon {

/// What a server's word says about how a reply ended.
enum class Ending {
  unsaid,    ///< no word
  well,      ///< by itself: `stop` and its synonyms
  cut,       ///< at the most tokens: `length` and its synonyms
  withheld,  ///< by a content filter
  declined,  ///< by the model
  broken,    ///< by a failure: what came is no answer
  unknown,   ///< a word that tells nothing
};
/// Servers write these words in many ways: case, underscores and prefixes such as FINISH_REASON_ don't count.
[[nodiscard]] Ending ending_of(std::string_view word);

/// How one choice of a reply ended.
struct ChoiceEnd {
  Finish finish = Finish::stop;
  std::string reason;  ///< the server's word where `finish` is `other`
  std::string broken;  ///< for people: why the choice is no answer; empty for one that is
};
/// From its finish reason, the one that a gateway passes on (native_finish_reason), and an error in the
/// choice or its message.
[[nodiscard]] ChoiceEnd end_of_choice(const Json& choice);

}  // namespace recon
