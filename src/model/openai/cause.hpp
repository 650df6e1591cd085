#pragma once

#include <optional>
#include <string>
#include <vector>

#include "error.hpp"

namespace recon {

/// What the parts of an error's body say, before it is decided what that means.
struct ErrorParts {
  std::vector<std::string> names;   ///< codes, types, statuses and reasons that are words, as they stand
  std::optional<int> code;          ///< an HTTP status that the body tells
  std::vector<std::string> quotas;  ///< what a list of violated quotas names, in lower case
  bool page = false;                ///< the body is a page, not the server's own words
  bool failed_generation = false;   ///< it holds what the model wrote
};

/// Decides cause, status, name and limit of an error whose message, text, parameter and wait are read.
/// `status` is the HTTP status; nullopt in a reply of status 200.
void decide_cause(ServerError& error, const ErrorParts& parts, std::optional<int> status);

}  // namespace recon
