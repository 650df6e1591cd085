#pragma once

#include "recon/core/digest.hpp"
#include "recon/core/json.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace recon {

enum class Role { system, user, assistant };
[[nodiscard]] const char* to_string(Role role);

struct Message {
  Role role = Role::user;
  std::string content;
  bool operator==(const Message&) const = default;
};

/// Sampling of one request. What is absent is not sent: the server's or the model's own default applies.
struct Sampling {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> top_k;
  std::optional<int> max_tokens;  ///< of the reply
};

/// A JSON schema of replies. Copies share it, and its text is made once for all of them.
class ReplySchema {
 public:
  explicit ReplySchema(Json schema);
  [[nodiscard]] const Json& json() const { return shared_->json; }
  /// `canonical_json` of it.
  [[nodiscard]] const std::string& text() const { return shared_->text; }

 private:
  struct Shared {
    Json json;
    std::string text;
  };
  std::shared_ptr<const Shared> shared_;
};

/// Asks for a reply to messages. With a schema the reply must be JSON of that shape.
struct ChatRequest {
  std::vector<Message> messages;
  Sampling sampling;
  std::optional<ReplySchema> reply_schema;
  Json extra_body = Json::object();
};

/// Asks for the log-likelihood of `continuation` as the assistant's reply to `messages`, teacher-forced.
struct ScoreRequest {
  std::vector<Message> messages;
  std::string continuation;
};

/// Asks for the embedding of a text.
struct EmbedRequest {
  std::string text;
};

using Request = std::variant<ChatRequest, ScoreRequest, EmbedRequest>;

/// The parts of a request that decide its answer, as JSON: messages, sampling, schema, `extra_body`. Not `n`,
/// streaming or how the schema is sent.
[[nodiscard]] Json semantic_json(const Request& request);
/// `canonical_json(semantic_json(request))`, made at once.
[[nodiscard]] std::string canonical_request(const Request& request);

/// How a reply ended: by itself, at max_tokens, withheld by the server's filter, declined by the model (its
/// words then stand in the text), or in another way.
enum class Finish { stop, length, content_filter, declined, other };

/// Tokens as the server reports them; 0 where it reports none. `cached` is part of `prompt`, `reasoning` of
/// `completion`.
struct Usage {
  std::int64_t prompt = 0;
  std::int64_t cached = 0;
  std::int64_t completion = 0;
  std::int64_t reasoning = 0;
  Usage& operator+=(const Usage& other);
};

/// A reply's text, with leading thinking (<think>...</think> and its kin) moved to `reasoning`, and what the
/// server said about it. The store keeps all of it, so that what only a comparison of answers shows can be
/// told again from stored ones.
struct ChatAnswer {
  std::string text;
  std::string reasoning;
  Finish finish = Finish::stop;
  std::string finish_reason = {};  ///< the server's word where `finish` is `other`
  std::int64_t repaired = 0;       ///< places in the reply that were no text or no JSON and were repaired
  /// Tokens of the prompt, cached ones included, as the server counted them and by the project's own rule
  /// (core/text.hpp); 0 where unknown.
  std::int64_t prompt_tokens = 0;
  std::int64_t estimated_prompt_tokens = 0;
};

struct ScoreAnswer {
  double log_probability = 0;  ///< sum over the continuation's tokens, nats
  std::int64_t tokens = 0;     ///< of the continuation
  [[nodiscard]] double per_token() const {
    return tokens > 0 ? log_probability / static_cast<double>(tokens) : 0.0;
  }
};

struct EmbedAnswer {
  std::vector<float> vector;
};

/// The counts of a ChatAnswer by their names in the store, which keeps those that are not 0.
inline constexpr std::array<std::pair<const char*, std::int64_t ChatAnswer::*>, 3> answer_counts{{
    {"repaired", &ChatAnswer::repaired},
    {"prompt_tokens", &ChatAnswer::prompt_tokens},
    {"estimated_prompt_tokens", &ChatAnswer::estimated_prompt_tokens},
}};

using Answer = std::variant<ChatAnswer, ScoreAnswer, EmbedAnswer>;
/// An answer as the response store keeps it, and back. Doubles survive exactly; vectors as base64 of
/// little-endian floats.
[[nodiscard]] Json answer_to_json(const Answer& answer);
[[nodiscard]] Answer answer_from_json(const Json& value);

/// Moves leading thinking of `text`, in the marks of any known model family, into the answer's `reasoning`. A
/// block that is not closed (a reply cut off while thinking) leaves no text. One whose opening stood in the
/// prompt, so that the reply only closes it, counts too.
[[nodiscard]] ChatAnswer chat_answer_from_text(std::string text, Finish finish);

/// Why a request got no answer: a value, since one failed record does not end the run.
struct Failure {
  enum class Kind {
    transport,     ///< no connection, cut reply, TLS
    timeout,       ///< the request's deadline passed
    server,        ///< 429 or 5xx until the deadline
    refused,       ///< any other 4xx: the same request would be refused again
    unauthorized,  ///< 401 or 403: the key is missing, wrong or not allowed this
    quota,         ///< 402, or 429 because the account has no money left: waiting does not help
    malformed,     ///< the server's envelope could not be read
    too_long,      ///< the prompt exceeds the model's context window
    unusable,      ///< replies came, but none that the stage can use
    truncated,     ///< unusable because the reply was cut at max_tokens: asked again, it would be cut again
    declined,      ///< the model declined to answer
    filtered,      ///< withheld by the server's content filter
    unsupported,   ///< the provider cannot do this kind of request
    stopped,  ///< no further attempt, for the budget or a Ctrl-C; never stored, asked again by the next run
  };
  Kind kind = Kind::transport;
  std::string message;  ///< one line, no secrets
  std::string raw;      ///< the reply as it came, shortened
};
[[nodiscard]] const char* to_string(Failure::Kind kind);
[[nodiscard]] std::optional<Failure::Kind> failure_kind_from(std::string_view name);

}  // namespace recon
