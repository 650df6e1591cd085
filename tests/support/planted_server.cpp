#include "planted_server.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <utility>

#include "loopback_server.hpp"
#include "planted_text.hpp"

namespace recon::support {

namespace {

constexpr const char* quality_prefix = "quality-";

std::string error_body(const std::string& message) { return Json{{"error", {{"message", message}}}}.dump(); }

/// The message texts of all contents that stand between `open` and the next `close`.
std::vector<std::string> between(std::string_view text, std::string_view open, std::string_view close) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while ((at = text.find(open, at)) != std::string_view::npos) {
    const std::size_t begin = at + open.size();
    const std::size_t end = text.find(close, begin);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(begin, end - begin));
    at = end + close.size();
  }
  return found;
}

/// A judge's reply that says the opposite; what can't be turned round stays.
std::string turned_round(const std::string& reply) {
  Json said = Json::parse(reply, nullptr, false);
  if (!said.is_object()) return reply;
  if (said.contains("scores")) {
    for (Json& entry : said["scores"]) {
      for (const char* name : {"style", "intent", "values", "overall"})
        entry[name] = 1.0 - entry.at(name).get<double>();
    }
    return said.dump();
  }
  for (auto& [name, verdict] : said.items()) {
    if (verdict == "A" || verdict == "B") verdict = verdict == "A" ? "B" : "A";
  }
  return said.dump();
}

/// A judge's reply before its decision: with a reason where the schema asks for one.
Json begun_reply(const Json& body) {
  Json reply = Json::object();
  const Json properties =
      body.value("/response_format/json_schema/schema/properties"_json_pointer, Json::object());
  if (properties.contains("why")) reply["why"] = planted_reason;
  return reply;
}

double clamped(double value) { return std::clamp(value, 0.0, 1.0); }

/// A number in [-half, half).
double noise(double half, std::uint64_t hash) { return (unit_interval(hash) * 2.0 - 1.0) * half; }

std::string quality_token(double quality) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%s%.3f", quality_prefix, clamped(quality));
  return buffer.data();
}

double quality_of(const std::string& action, double otherwise) {
  const auto found = qualities_in(action);
  return found.empty() ? otherwise : found.back();
}

bool quotes_truth(const std::string& text) { return text.find("truth(") != std::string::npos; }

/// `truth(...)` as it stands last in the text; empty where there is none.
std::string last_truth(const std::string& text) {
  const auto found = between(text, "truth(", ")");
  return found.empty() ? std::string{} : "truth(" + found.back() + ")";
}

/// What every kind of answer needs to know of its request.
struct Question {
  const Json& body;
  std::string text;
  std::uint64_t hash = 0;  ///< of everything in the body but `n`
};

Json usage(std::size_t prompt, std::size_t completion) {
  return {{"prompt_tokens", prompt},
          {"completion_tokens", completion},
          {"total_tokens", prompt + completion},
          {"prompt_tokens_details", {{"cached_tokens", 0}}}};
}

std::string with_planted(const std::string& script, const std::string& planted) {
  constexpr std::string_view mark = "{planted}";
  const std::size_t at = script.find(mark);
  return at == std::string::npos ? script : script.substr(0, at) + planted + script.substr(at + mark.size());
}

std::string wordy(int words) {
  std::string text;
  for (int word = 0; word < words; ++word) text += " wordy";
  return text;
}

}  // namespace

const char* to_string(CallKind kind) {
  switch (kind) {
    case CallKind::backward:
      return "backward";
    case CallKind::reconstruct:
      return "reconstruct";
    case CallKind::judge_listwise:
      return "judge_listwise";
    case CallKind::generate:
      return "generate";
    case CallKind::judge_pairwise:
      return "judge_pairwise";
    case CallKind::leak:
      return "leak";
    case CallKind::score:
      return "score";
    case CallKind::embed:
      return "embed";
    case CallKind::unknown:
      break;
  }
  return "unknown";
}

CallKind call_kind(std::string_view name) {
  for (const CallKind kind :
       {CallKind::backward, CallKind::reconstruct, CallKind::judge_listwise, CallKind::generate,
        CallKind::judge_pairwise, CallKind::leak, CallKind::score, CallKind::embed}) {
    if (name == to_string(kind)) return kind;
  }
  throw std::invalid_argument("no kind of call: " + std::string(name));
}

std::string prompt_text(const Json& body) {
  std::string text;
  const auto add = [&text](const Json& part) {
    if (!part.is_string()) return;
    if (!text.empty()) text += "\n\n";
    text += part.get_ref<const std::string&>();
  };
  if (const auto messages = body.find("messages"); messages != body.end() && messages->is_array()) {
    for (const Json& message : *messages) {
      if (message.is_object() && message.contains("content")) add(message["content"]);
    }
  }
  for (const char* key : {"prompt", "input"}) {
    const auto found = body.find(key);
    if (found == body.end()) continue;
    if (found->is_array()) {
      for (const Json& part : *found) add(part);
    } else {
      add(*found);
    }
  }
  return text;
}

CallKind classify_by_prompt(const Json& body) {
  const std::string text = prompt_text(body);
  // Turns of conversations are escaped, so that a tag can only come from a template.
  const auto has = [&text](std::string_view mark) { return text.find(mark) != std::string::npos; };
  if (has("<true_action>")) {
    if (has("<candidate number=")) return CallKind::judge_listwise;
    return has("<answer name=") ? CallKind::judge_pairwise : CallKind::unknown;
  }
  if (has("<example number=")) return CallKind::generate;
  if (has("<action>")) return CallKind::backward;
  if (!has("<context>")) return has("next turn") ? CallKind::leak : CallKind::unknown;
  return has("<reasoning>") ? CallKind::reconstruct : CallKind::generate;
}

std::vector<double> qualities_in(std::string_view text) {
  static const std::regex pattern("quality-([01]\\.[0-9]{3})");
  const std::string copy(text);
  std::vector<double> found;
  for (std::sregex_iterator at(copy.begin(), copy.end(), pattern), end; at != end; ++at) {
    found.push_back(std::stod((*at)[1].str()));
  }
  return found;
}

std::vector<std::string> traces_in(std::string_view text) { return between(text, "trace[", "]"); }
std::vector<std::string> actions_in(std::string_view text) { return between(text, "planted[", "]"); }

struct PlantedServer::State {
  explicit State(PlantedOptions given) : options(std::move(given)) {}

  mutable std::mutex mutex;
  PlantedOptions options;
  std::vector<std::size_t> fault_counts;
  std::vector<std::size_t> reply_counts;  ///< how often each scripted reply was given
  std::vector<ReceivedCall> calls;
  std::map<std::uint64_t, std::uint64_t> asked;  ///< samples given so far, by question

  HttpReply reply(const HttpRequest& request);
  std::optional<FaultKind> fault_of(CallKind kind);
  [[nodiscard]] static std::optional<HttpReply> transport_fault(FaultKind fault);
  [[nodiscard]] const ScriptedReply* scripted(const Question& question, CallKind kind);
  HttpReply chat(const Question& question, CallKind kind, std::optional<FaultKind> fault);
  [[nodiscard]] HttpReply complete(const Question& question, std::optional<FaultKind> fault) const;
  [[nodiscard]] HttpReply embed(const Question& question) const;

  [[nodiscard]] std::string text_of(const Question& question, CallKind kind, std::uint64_t sample) const;
  [[nodiscard]] std::string trace(const Question& question, std::uint64_t sample) const;
  [[nodiscard]] std::string reconstruction(const Question& question, std::uint64_t sample) const;
  [[nodiscard]] std::string generated(const Question& question, std::uint64_t sample) const;
  [[nodiscard]] std::string listwise(const Question& question) const;
  [[nodiscard]] std::string pairwise(const Question& question) const;
  [[nodiscard]] double judged(const std::vector<std::string>& shown, std::size_t index, JudgeBias bias,
                              std::uint64_t hash) const;
  [[nodiscard]] double mean_trace_quality(const std::string& text) const;
};

std::optional<FaultKind> PlantedServer::State::fault_of(CallKind kind) {
  fault_counts.resize(options.faults.size());
  std::optional<FaultKind> result;
  for (std::size_t i = 0; i < options.faults.size(); ++i) {
    const Fault& fault = options.faults[i];
    if (fault.only && *fault.only != kind) continue;
    ++fault_counts[i];
    if (!result && fault.every != 0 && fault_counts[i] % fault.every == 0) result = fault.kind;
  }
  return result;
}

std::optional<HttpReply> PlantedServer::State::transport_fault(FaultKind fault) {
  switch (fault) {
    case FaultKind::server_error:
      return HttpReply{.status = 500, .body = error_body("planted server error")};
    case FaultKind::too_many_requests:
      return HttpReply{.status = 429, .body = error_body("planted limit"), .headers = {{"Retry-After", "0"}}};
    case FaultKind::bad_request:
      return HttpReply{.status = 400, .body = error_body("planted refusal")};
    case FaultKind::hang_up:
      return HttpReply{.hang_up = true};
    case FaultKind::malformed_json:
      return HttpReply{.body = R"({"choices": [{"index": 0, "message": {"con)"};
    case FaultKind::wrong_json:
      return HttpReply{.body = R"({"result": ["no", "completion"]})"};
    case FaultKind::empty_choices:
      return HttpReply{.body = R"({"object": "chat.completion", "choices": []})"};
    default:
      return std::nullopt;
  }
}

HttpReply PlantedServer::State::reply(const HttpRequest& request) {
  const std::lock_guard lock(mutex);
  ReceivedCall call;
  call.path = request.path;
  call.raw = request.body;
  if (const auto found = request.headers.find("authorization"); found != request.headers.end()) {
    call.authorization = found->second;
  }
  call.body = Json::parse(request.body, nullptr, false);
  if (!call.body.is_object()) {
    call.body = nullptr;
    calls.push_back(std::move(call));
    return {.status = 400, .body = error_body("the body is no JSON object")};
  }
  const bool is_chat = call.path == "/v1/chat/completions";
  const bool is_completion = call.path == "/v1/completions";
  const bool is_embedding = call.path == "/v1/embeddings";
  if (is_chat) call.kind = options.classify(call.body);
  if (is_completion) call.kind = CallKind::score;
  if (is_embedding) call.kind = CallKind::embed;
  calls.push_back(std::move(call));
  const ReceivedCall& kept = calls.back();
  if (request.method != "POST" || !(is_chat || is_completion || is_embedding)) {
    return {.status = 404, .body = error_body("no such path")};
  }
  const auto fault = fault_of(kept.kind);
  if (fault) {
    if (auto broken = transport_fault(*fault)) return *broken;
  }
  Json counted = kept.body;
  counted.erase("n");
  const Question question{kept.body, prompt_text(kept.body), hash_of(canonical_json(counted))};
  if (is_embedding) return embed(question);
  return is_completion ? complete(question, fault) : chat(question, kept.kind, fault);
}

const ScriptedReply* PlantedServer::State::scripted(const Question& question, CallKind kind) {
  reply_counts.resize(options.replies.size());
  for (std::size_t i = 0; i < options.replies.size(); ++i) {
    const ScriptedReply& reply = options.replies[i];
    if (reply.only && *reply.only != kind) continue;
    if (question.text.find(reply.holds) == std::string::npos) continue;
    if (reply.times && reply_counts[i] >= *reply.times) continue;
    ++reply_counts[i];
    return &reply;
  }
  return nullptr;
}

HttpReply PlantedServer::State::chat(const Question& question, CallKind kind,
                                     std::optional<FaultKind> fault) {
  const ScriptedReply* script = scripted(question, kind);
  if (script != nullptr && !script->body.empty()) return {.status = script->status, .body = script->body};
  if (kind == CallKind::unknown)
    return {.status = 400, .body = error_body("this prompt is of no known kind")};
  int wanted = question.body.value("n", 1);
  if (wanted < 1 || wanted > 128) return {.status = 400, .body = error_body("n must lie in 1..128")};
  if (wanted > 1 && fault == FaultKind::refuse_n) {
    return {.status = 400, .body = error_body("n must be 1")};
  }
  if (fault == FaultKind::ignore_n) wanted = 1;
  Json choices = Json::array();
  std::size_t completion = 0;
  std::uint64_t& samples = asked[question.hash];
  for (int i = 0; i < wanted; ++i) {
    std::string text = text_of(question, kind, samples++);
    if (kind != CallKind::judge_listwise && kind != CallKind::judge_pairwise) text += options.text_ending;
    if (options.think_block) text.insert(0, "<think>\nA planted thought.\n</think>\n\n");
    if (script != nullptr) text = with_planted(script->text, text);
    if (fault == FaultKind::empty_text) text.clear();
    if (fault == FaultKind::unusable_text) text = "I would rather talk about the weather.";
    if (fault == FaultKind::draft_first)
      text = "At first sight " + turned_round(text) + ", but no:\n```json\n" + text + "\n```";
    completion += text.size() / 4 + 1 + options.thinking_tokens;
    choices.push_back({{"index", i},
                       {"message", {{"role", "assistant"}, {"content", text}}},
                       {"finish_reason", script != nullptr ? script->finish_reason : "stop"}});
  }
  Json result{{"id", "planted"},
              {"object", "chat.completion"},
              {"created", 0},
              {"model", question.body.value("model", "planted")},
              {"choices", std::move(choices)}};
  if (options.send_usage) result["usage"] = usage(question.text.size() / 4 + 1, completion);
  return {.body = result.dump()};
}

std::string PlantedServer::State::text_of(const Question& question, CallKind kind,
                                          std::uint64_t sample) const {
  switch (kind) {
    case CallKind::backward:
      return trace(question, sample);
    case CallKind::reconstruct:
    case CallKind::leak:
      return reconstruction(question, sample);
    case CallKind::generate:
      return generated(question, sample);
    case CallKind::judge_listwise:
      return listwise(question);
    case CallKind::judge_pairwise:
      return pairwise(question);
    default:
      return "planted[]";
  }
}

std::string PlantedServer::State::trace(const Question& question, std::uint64_t sample) const {
  const std::uint64_t hash = mixed(question.hash, sample);
  const std::string truth = last_truth(question.text);
  std::string text = "trace[" + quality_token(0.05 + 0.9 * unit_interval(hash));
  if (!truth.empty() && unit_interval(mixed(hash, 1)) < options.copying_share) text += " " + truth;
  text += " " + filler(mixed(hash, 2), 8, 30);
  if (options.wordy_words > 0 && sample % 4 == 3) text += wordy(options.wordy_words);
  return text + "]";
}

std::string PlantedServer::State::reconstruction(const Question& question, std::uint64_t sample) const {
  const auto traces = traces_in(question.text);
  const std::uint64_t hash = mixed(question.hash, sample);
  std::string text = "planted[";
  if (traces.empty()) {
    text += quality_token(options.floor_quality);
  } else {
    text += quality_token(quality_of(traces.back(), options.floor_quality));
    if (quotes_truth(traces.back())) text += " " + last_truth(traces.back());
    if (traces.back().find(wordy(1)) != std::string::npos) text += wordy(options.wordy_words);
  }
  return text + " " + filler(mixed(hash, 3), 4, 40) + "]";
}

double PlantedServer::State::mean_trace_quality(const std::string& text) const {
  const auto traces = traces_in(text);
  if (traces.empty()) return options.floor_quality;
  double sum = 0;
  for (const std::string& trace : traces) sum += quality_of(trace, options.floor_quality);
  return sum / static_cast<double>(traces.size());
}

std::string PlantedServer::State::generated(const Question& question, std::uint64_t sample) const {
  const std::uint64_t hash = mixed(question.hash, sample);
  const double quality = mean_trace_quality(question.text) + noise(options.generate_noise, mixed(hash, 4));
  return "planted[" + quality_token(quality) + " " + filler(mixed(hash, 5), 4, 40) + "]";
}

double PlantedServer::State::judged(const std::vector<std::string>& shown, std::size_t index, JudgeBias bias,
                                    std::uint64_t hash) const {
  const std::string& action = shown[index];
  const double fair = clamped(quality_of(action, 0.0) + noise(options.judge_noise, hash));
  switch (bias) {
    case JudgeBias::fair:
      break;
    case JudgeBias::first_shown:
      return 1.0 / static_cast<double>(index + 1);
    case JudgeBias::longest:
      return 1.0 - 1.0 / static_cast<double>(action.size() + 1);
    case JudgeBias::copied:
      return quotes_truth(action) ? 1.0 : 0.5 * fair;
    case JudgeBias::undecided:
      return 0.5;
    case JudgeBias::random:
      return unit_interval(mixed(hash, 6));
  }
  return fair;
}

std::string PlantedServer::State::listwise(const Question& question) const {
  const auto shown = actions_in(question.text);
  Json scores = Json::array();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto score = [&](std::uint64_t dimension) {
      // Noise goes with the action, not with its place, so that the order shown does not matter to a fair
      // judge.
      const std::uint64_t hash =
          options.listwise == JudgeBias::random ? mixed(question.hash, i) : hash_of(shown[i]);
      return judged(shown, i, options.listwise, mixed(hash, dimension));
    };
    scores.push_back({{"candidate", i + 1},
                      {"style", score(0)},
                      {"intent", score(1)},
                      {"values", score(2)},
                      {"overall", score(3)}});
  }
  Json reply = begun_reply(question.body);
  reply["scores"] = std::move(scores);
  return reply.dump();
}

std::string PlantedServer::State::pairwise(const Question& question) const {
  const auto shown = actions_in(question.text);
  if (shown.size() != 2) return "two planted actions were expected";
  const auto verdict = [&](std::uint64_t dimension) {
    std::array<double, 2> value{};
    for (std::size_t i = 0; i < 2; ++i) {
      const std::uint64_t hash =
          options.pairwise == JudgeBias::random ? mixed(question.hash, i) : hash_of(shown[i]);
      value.at(i) = judged(shown, i, options.pairwise, mixed(hash, dimension));
    }
    const bool near = std::abs(value[0] - value[1]) < options.tie_margin;
    if (near && options.pairwise != JudgeBias::longest) return "tie";
    if (value[0] == value[1]) return "tie";
    return value[0] > value[1] ? "A" : "B";
  };
  Json reply = begun_reply(question.body);
  reply.update(
      {{"style", verdict(0)}, {"intent", verdict(1)}, {"values", verdict(2)}, {"overall", verdict(3)}});
  return reply.dump();
}

HttpReply PlantedServer::State::complete(const Question& question, std::optional<FaultKind> fault) const {
  const bool echo = question.body.value("echo", false) && fault != FaultKind::ignore_echo;
  const auto traces = traces_in(question.text);
  const bool quoted = std::any_of(traces.begin(), traces.end(), quotes_truth);
  const double level = -3.0 + 2.0 * mean_trace_quality(question.text) +
                       (quoted ? options.copying_bonus : 0.0) +
                       noise(options.score_noise, mixed(question.hash, 7));
  std::vector<std::string> tokens = echo ? planted_tokens(question.text) : std::vector<std::string>{};
  const std::size_t prompt_count = tokens.size();
  const int generated_count = std::clamp(question.body.value("max_tokens", 16), 0, 4096);
  for (int i = 0; i < generated_count; ++i) tokens.emplace_back(" planted");

  Json texts = Json::array();
  Json values = Json::array();
  Json tops = Json::array();
  Json offsets = Json::array();
  std::string text;
  std::size_t offset = echo ? 0 : code_points(question.text);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool first = echo && i == 0;  // nothing precedes the first token, so that it has no probability
    // A log-probability is never above 0.
    const double value = std::min(-0.001, level + noise(0.05, hash_of(tokens[i])));
    texts.push_back(tokens[i]);
    values.push_back(first ? Json(nullptr) : Json(value));
    tops.push_back(first ? Json(nullptr) : Json{{tokens[i], value}});
    offsets.push_back(offset);
    offset += code_points(tokens[i]);
    text += tokens[i];
  }
  Json choice{{"index", 0}, {"text", text}, {"finish_reason", "length"}, {"logprobs", nullptr}};
  if (const auto wanted = question.body.find("logprobs");
      wanted != question.body.end() && !wanted->is_null()) {
    choice["logprobs"] = {{"tokens", std::move(texts)},
                          {"token_logprobs", std::move(values)},
                          {"top_logprobs", std::move(tops)},
                          {"text_offset", std::move(offsets)}};
  }
  Json result{{"id", "planted"},
              {"object", "text_completion"},
              {"created", 0},
              {"model", question.body.value("model", "planted")},
              {"choices", Json::array({std::move(choice)})}};
  if (options.send_usage) {
    result["usage"] = usage(planted_tokens(question.text).size(), tokens.size() - prompt_count);
  }
  return {.body = result.dump()};
}

HttpReply PlantedServer::State::embed(const Question& question) const {
  const auto input = question.body.find("input");
  std::vector<std::string> texts;
  if (input != question.body.end() && input->is_string()) texts.push_back(input->get<std::string>());
  if (input != question.body.end() && input->is_array()) {
    for (const Json& text : *input) {
      if (!text.is_string()) return {.status = 400, .body = error_body("input must be text")};
      texts.push_back(text.get<std::string>());
    }
  }
  if (texts.empty()) return {.status = 400, .body = error_body("input is missing")};
  Json data = Json::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", planted_embedding(texts[i])}});
  }
  Json result{
      {"object", "list"}, {"model", question.body.value("model", "planted")}, {"data", std::move(data)}};
  if (options.send_usage) {
    const std::size_t tokens = question.text.size() / 4 + 1;
    result["usage"] = {{"prompt_tokens", tokens}, {"total_tokens", tokens}};
  }
  return {.body = result.dump()};
}

struct PlantedServer::Running {
  explicit Running(PlantedOptions options)
      : state(std::move(options)),
        server([this](const HttpRequest& request) { return state.reply(request); }) {}
  State state;
  LoopbackServer server;
};

PlantedServer::PlantedServer(PlantedOptions options)
    : running_(std::make_unique<Running>(std::move(options))) {}
PlantedServer::~PlantedServer() = default;

std::string PlantedServer::base_url() const {
  return "http://127.0.0.1:" + std::to_string(running_->server.port()) + "/v1";
}

std::vector<ReceivedCall> PlantedServer::received() const {
  const std::lock_guard lock(running_->state.mutex);
  return running_->state.calls;
}

std::vector<ReceivedCall> PlantedServer::received(CallKind kind) const {
  auto calls = received();
  std::erase_if(calls, [kind](const ReceivedCall& call) { return call.kind != kind; });
  return calls;
}

std::size_t PlantedServer::count() const {
  const std::lock_guard lock(running_->state.mutex);
  return running_->state.calls.size();
}

std::size_t PlantedServer::count(CallKind kind) const {
  const std::lock_guard lock(running_->state.mutex);
  const auto& calls = running_->state.calls;
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [kind](const ReceivedCall& call) { return call.kind == kind; }));
}

void PlantedServer::forget_received() {
  const std::lock_guard lock(running_->state.mutex);
  running_->state.calls.clear();
}

void PlantedServer::set_options(PlantedOptions options) {
  const std::lock_guard lock(running_->state.mutex);
  running_->state.options = std::move(options);
  running_->state.fault_counts.clear();
  running_->state.reply_counts.clear();
}

}  // namespace recon::support
