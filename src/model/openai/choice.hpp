#pragma once

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What the choices of a chat reply say.
struct ChosenAnswers {
  std::vector<ChatAnswer> answers;
  std::string broken;  ///< for people: why the first choice that is no answer is none; empty where all are
  Json error;          ///< of that choice, as the server wrote it; null where it wrote none
};

/// `samples` answers at most. A choice that is broken off or can't be read does not spoil the others, which
/// are paid for. `repaired` is what was repaired around the choices.
[[nodiscard]] ChosenAnswers answers_of_choices(const Json& choices, int samples, std::int64_t repaired);

}  // namespace recon
