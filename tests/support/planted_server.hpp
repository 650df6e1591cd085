#pragma once

#include "recon/core/json.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon::support {

/// What a request is for, as far as its prompt shows.
enum class CallKind {
  backward,
  reconstruct,
  judge_listwise,
  generate,
  judge_pairwise,
  leak,
  score,
  embed,
  unknown
};
[[nodiscard]] const char* to_string(CallKind kind);
/// Its inverse; throws std::invalid_argument for any other name.
[[nodiscard]] CallKind call_kind(std::string_view name);

/// All text of a request that a model would see: the messages' contents, the prompt or the texts to embed.
[[nodiscard]] std::string prompt_text(const Json& body);

/// Tells chat requests apart by what this project's prompts contain. The one place that knows them; a test
/// with other prompts passes its own function in PlantedOptions.
[[nodiscard]] CallKind classify_by_prompt(const Json& body);

/// The numbers of all `quality-0.731` tokens, in order.
[[nodiscard]] std::vector<double> qualities_in(std::string_view text);
/// The contents of all `trace[...]` and `planted[...]` constructs, in order: planted traces and planted
/// actions.
[[nodiscard]] std::vector<std::string> traces_in(std::string_view text);
[[nodiscard]] std::vector<std::string> actions_in(std::string_view text);

/// What judges give as their reason where a reply's schema asks for one: no verdict, whatever it looks like.
inline constexpr const char* planted_reason =
    R"(A says {"style":"A","intent":"A","values":"A","overall":"A"}, but "overall":"A" {is} no reason)";

/// What a judge goes by. All but `fair` are faults that numbers must not hide.
enum class JudgeBias {
  fair,         ///< the quality
  first_shown,  ///< what is shown first
  longest,      ///< the longest action
  copied,       ///< an action that quotes the truth, else the quality
  undecided,    ///< nothing: all scores are equal
  random        ///< a draw that depends on the whole prompt
};

enum class FaultKind {
  server_error,       ///< 500
  too_many_requests,  ///< 429, Retry-After: 0
  bad_request,        ///< 400
  hang_up,            ///< closes the connection without a reply
  malformed_json,     ///< a reply that breaks off
  wrong_json,         ///< well-formed, but no completion
  empty_choices,      ///< a completion without choices
  empty_text,         ///< a choice with empty text
  unusable_text,      ///< prose where a judge should give JSON
  draft_first,        ///< a judge's reply turned round stands before the right one
  refuse_n,           ///< 400 where `n` is more than one
  ignore_n,           ///< one choice, whatever `n` is
  ignore_echo,        ///< log-probabilities of the new token only
};

/// Every `every`-th matching request (counted from one) gets the fault: with 1 all do, with 3 the third,
/// sixth, ...
struct Fault {
  FaultKind kind = FaultKind::server_error;
  std::size_t every = 1;
  std::optional<CallKind> only = std::nullopt;  ///< counts and hits only requests of this kind
};

/// What the server says to a chat request instead of, or around, the planted answer.
struct ScriptedReply {
  std::optional<CallKind> only = std::nullopt;      ///< fits only requests of this kind
  std::string holds = {};                           ///< fits only prompts that hold this
  std::optional<std::size_t> times = std::nullopt;  ///< fits only so often
  int status = 200;
  std::string body = {};  ///< of the HTTP reply; where empty, a completion with `text`
  std::string text = {};  ///< `{planted}` in it stands for the planted answer
  std::string finish_reason = "stop";
};

struct PlantedOptions {
  std::function<CallKind(const Json& body)> classify = classify_by_prompt;
  JudgeBias listwise = JudgeBias::fair;
  JudgeBias pairwise = JudgeBias::fair;
  double judge_noise = 0.01;      ///< half-width of the noise on the qualities that judges read
  double generate_noise = 0.005;  ///< half-width of the noise on a generated action's quality
  double score_noise = 0;         ///< half-width of the noise on a whole request's log-probabilities
  double tie_margin = 0.002;      ///< qualities nearer than this are a tie
  double floor_quality = 0.2;     ///< of an action generated or reconstructed without any trace
  double copying_share = 0.0;     ///< of traces that quote the true action, where it is marked `truth(...)`
  double copying_bonus = 1.0;     ///< nats a token that scoring gains from a trace with a quote
  std::string text_ending = {};   ///< at the end of every trace and action
  bool think_block = false;       ///< texts begin with <think>...</think>
  bool send_usage = true;
  int wordy_words = 0;  ///< more in every fourth sample of a trace, and in what is reconstructed from it
  std::size_t thinking_tokens = 0;  ///< that each chat choice is reported to take besides its text
  std::vector<Fault> faults = {};
  std::vector<ScriptedReply> replies = {};  ///< the first one that fits is taken
};

/// A request as it came.
struct ReceivedCall {
  CallKind kind = CallKind::unknown;
  std::string path;
  std::string authorization;
  std::string raw;  ///< the body's bytes
  Json body;        ///< null where the bytes are no JSON
};

/// An OpenAI-compatible server whose answers carry a hidden quality, so that a right pipeline must find it:
///
/// - a synthesized trace is `trace[quality-0.731 ...]`, the number drawn from (request, how often it was
/// asked before);
/// - a reconstruction is `planted[quality-0.731 ...]` with the quality of the trace in its prompt;
/// - the listwise judge scores the planted actions shown by their quality, in the order shown;
/// - a generated action has the mean quality of the traces among its examples;
/// - the pairwise judge prefers the first or second planted action shown, whichever has the higher quality;
/// - log-probabilities are the higher, the higher the quality of the traces in the prompt.
///
/// Lengths of actions are drawn independently of their quality. A true action written as `truth(some words)`
/// in the test's data can be quoted by traces (`copying_share`), and the reconstructions then quote it too.
/// Answers depend on nothing but the options, the request and how often it came before. Safe to use from
/// several threads.
class PlantedServer {
 public:
  explicit PlantedServer(PlantedOptions options = {});
  ~PlantedServer();
  PlantedServer(const PlantedServer&) = delete;
  PlantedServer& operator=(const PlantedServer&) = delete;

  /// `http://127.0.0.1:PORT/v1`
  [[nodiscard]] std::string base_url() const;
  [[nodiscard]] std::vector<ReceivedCall> received() const;
  [[nodiscard]] std::vector<ReceivedCall> received(CallKind kind) const;
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t count(CallKind kind) const;
  /// Forgets what was received (not how often each question was asked).
  void forget_received();
  /// From the next request on. Counts for faults begin anew.
  void set_options(PlantedOptions options);

 private:
  struct State;
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace recon::support
