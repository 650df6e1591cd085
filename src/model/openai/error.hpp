#pragma once

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What a server says went wrong, read once from a reply's status and the structure of its body: an object, a
/// list, JSON within a message, a page, plain words.
struct ServerError {
  enum class Cause {
    key,          ///< the key is missing, wrong or expired
    forbidden,    ///< the key may not do this
    account,      ///< no money or credit left
    long_quota,   ///< the quota of a day or a longer time is used up
    rate,         ///< too many requests or tokens for now
    overloaded,   ///< the server has too much to do
    loading,      ///< the server is about to have its model ready
    length,       ///< the prompt is longer than the server takes
    content,      ///< withheld by a content filter
    generation,   ///< the model's own text did not fit the schema
    model,        ///< the server does not know the model
    address,      ///< the server does not know the address
    unsupported,  ///< the server cannot do this kind of request
    gateway,      ///< a page of something in front of the server refuses the request
    request,      ///< anything else that is wrong with the request
    server,       ///< anything else that is wrong with the server
  };
  Cause cause = Cause::server;
  /// The HTTP status; where that is 200, the one that the body tells, and 0 where it tells none.
  int status = 0;
  bool in_good_reply = false;  ///< in a reply of status 200
  std::string name;            ///< the most telling of its codes, types and reasons; may be empty
  std::string parameter;       ///< of the request, about which it is; may be empty
  std::string message;         ///< the server's own reason, in one line; may be empty
  std::string limit;           ///< of a rate or an overload, in few words: "quota per minute"
  std::optional<std::chrono::milliseconds> wait;  ///< that the body asks for
  std::string text = {};  ///< all that it says, in lower case, for what only words tell

  /// "HTTP 400 API_KEY_INVALID: API key not valid", for people.
  [[nodiscard]] std::string said() const;
};

using WallTime = std::chrono::system_clock::time_point;

/// The error of a reply whose status is not 2xx. `now` is what a reset at a time of day is counted from.
[[nodiscard]] ServerError error_of_status(int status, const std::string& body,
                                          WallTime now = std::chrono::system_clock::now());

/// The error that stands in a reply of status 200 in place of answers; nullopt where it holds none.
[[nodiscard]] std::optional<ServerError> error_in_good_reply(const Json& reply,
                                                             WallTime now = std::chrono::system_clock::now());

/// What becomes of a request that got this error. `server` where another attempt may go better.
[[nodiscard]] Failure::Kind kind_of(ServerError::Cause cause);

/// True where the error speaks of the parameter `n`.
[[nodiscard]] bool complains_about_n(const ServerError& error);
/// True where it speaks of the reply's schema.
[[nodiscard]] bool complains_about_schema(const ServerError& error);
/// True where it asks for max_completion_tokens in place of max_tokens.
[[nodiscard]] bool wants_max_completion_tokens(const ServerError& error);

}  // namespace recon
