#pragma once

#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "error.hpp"

namespace recon {

/// What a request becomes on the wire.
struct WireRequest {
  std::string path;  ///< after the base URL, such as "/chat/completions"
  Json body;
  std::string prompt;  ///< of a score: the rendered messages, after which the continuation begins
};

struct WireOptions {
  std::string model;
  std::string chat_template;
  Json extra_body = Json::object();  ///< of chat requests; the request's own goes over it
  bool send_n = true;
  bool send_schema = true;
  bool max_completion_tokens = false;  ///< the newer name of max_tokens
};

[[nodiscard]] WireRequest to_wire(const Request& request, int samples, const WireOptions& options);

/// What a reply with status 2xx says. With a problem there are no answers.
struct WireReply {
  std::vector<Answer> answers;
  Usage usage;              ///< also with a problem: such a reply may have been paid for
  bool has_usage = false;   ///< the server told the prompt's tokens
  std::size_t choices = 0;  ///< that came, those that are no answer included
  struct Problem {
    Failure::Kind kind = Failure::Kind::malformed;
    std::string message;
    bool try_again = true;  ///< false where the same request would bring the same reply
  };
  std::optional<Problem> problem;
  std::optional<ServerError> error;  ///< beside the problem: an error that stands in place of answers
};

/// `samples` answers at most are taken.
[[nodiscard]] WireReply from_wire(const Request& request, const WireRequest& sent, int samples,
                                  const std::string& body);

/// The log-probability of the end of an echoed prompt: `echoed` is the prompt whose last `continuation_bytes`
/// are scored. Finds the continuation's tokens by their text, walking back from the end (so that a token
/// which the server put before the prompt does no harm), and by `text_offset` where texts don't tell. A token
/// that straddles the boundary counts.
struct EchoedTokens {
  std::vector<std::string> texts;
  std::vector<std::optional<double>> log_probabilities;
  std::vector<std::int64_t> offsets;  ///< code points; empty where the server gives none
};
/// Why there is no score: for people, a token whose log-probability is none; nothing where the reply's tokens
/// do not cover the prompt's end.
struct EchoProblem {
  std::string impossible = {};
};
[[nodiscard]] std::variant<ScoreAnswer, EchoProblem> score_of_echo(const EchoedTokens& tokens,
                                                                   std::string_view echoed,
                                                                   std::size_t continuation_bytes);

}  // namespace recon
