#include "recon/stages/engine.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>

#include <fmt/format.h>

namespace recon {
namespace {

/// Records open at once for each call that may be in flight: enough that a slow one does not leave the others
/// idle.
constexpr std::size_t open_records_per_call = 4;
constexpr std::size_t least_open_records = 64;
/// A model that fails this often without one answer in between is given up.
constexpr std::size_t most_failures_in_a_row = 20;
constexpr std::chrono::milliseconds poll_wait{100};

/// A question that is being answered. Equal questions share one.
struct Inquiry {
  Digest digest;
  Question question;
  std::map<int, Answer> answers;  ///< by sample index, usable or not
  bool in_flight = false;
  std::optional<QuestionResult> result;
};

struct OpenTask {
  Task task;
  std::vector<std::shared_ptr<Inquiry>> inquiries;
  [[nodiscard]] bool complete() const {
    return std::all_of(inquiries.begin(), inquiries.end(),
                       [](const auto& inquiry) { return inquiry->result.has_value(); });
  }
};

struct OpenModel {
  const ModelConfig* config = nullptr;
  std::unique_ptr<Provider> provider;
  bool opened = false;
  bool ready_to_score = false;
  std::string identity;
  std::size_t in_flight = 0;
  std::size_t failures_in_a_row = 0;
  std::deque<std::shared_ptr<Inquiry>> waiting;
};

std::string raw_of(const Answer& answer) {
  const auto* chat = std::get_if<ChatAnswer>(&answer);
  return chat == nullptr ? std::string() : chat->text;
}

std::size_t prompt_tokens(const Request& request) {
  const auto of_messages = [](const std::vector<Message>& messages) {
    std::size_t tokens = 0;
    for (const Message& message : messages)
      tokens += count_tokens(message.content) + 4;  // 4: the role's markup
    return tokens;
  };
  if (const auto* chat = std::get_if<ChatRequest>(&request)) {
    return of_messages(chat->messages) + static_cast<std::size_t>(chat->sampling.max_tokens.value_or(0));
  }
  if (const auto* score = std::get_if<ScoreRequest>(&request)) {
    return of_messages(score->messages) + count_tokens(score->continuation);
  }
  return 0;  // embedders cut by themselves
}

}  // namespace

struct Engine::State {
  const RunConfig& config;
  OpenStore open_store;
  MakeProvider make;
  Log& log;
  Settings settings;
  std::unique_ptr<ResponseStore> opened_store;
  std::map<std::string, OpenModel> models;
  EngineCounts counts;
  std::uint64_t next_call = 1;

  std::unordered_map<Digest, std::shared_ptr<Inquiry>, DigestHash> active;
  std::unordered_map<std::uint64_t, std::shared_ptr<Inquiry>> calls;
  std::deque<OpenTask> open;
  std::size_t answered = 0;             ///< questions answered by models in this run of a stage
  std::optional<Failure> last_failure;  ///< of a call in this run of a stage

  OpenModel& model(const std::string& name) {
    OpenModel& entry = models[name];
    if (entry.config == nullptr) entry.config = &config.model(name, "models");
    return entry;
  }

  Provider& provider(OpenModel& entry) {
    if (!entry.provider) entry.provider = make(*entry.config);
    return *entry.provider;
  }

  const std::string& identity(OpenModel& entry) {
    if (entry.identity.empty()) {
      entry.identity = entry.config->identity.empty() ? provider(entry).identity() : entry.config->identity;
    }
    return entry.identity;
  }

  ResponseStore& store() {
    if (!opened_store) opened_store = open_store();
    return *opened_store;
  }

  /// A server scores the text that a chat template makes of the messages, so the template is part of what
  /// decides.
  std::string identity_for(OpenModel& entry, const Request& request) {
    if (!std::holds_alternative<ScoreRequest>(request) || entry.config->chat_template.empty())
      return identity(entry);
    return fmt::format("{} chat_template:{}", identity(entry), entry.config->chat_template);
  }

  bool is_free(OpenModel& entry) {
    return entry.config->provider == "hashing" && provider(entry).capabilities().free;
  }

  std::shared_ptr<Inquiry> inquire(const Question& question, const std::string& record);
  void settle(Inquiry& inquiry);
  void enqueue(const std::shared_ptr<Inquiry>& inquiry);
  void submit_waiting();
  std::size_t poll();
  void finish_complete_tasks();
  void note_end_of_call(OpenModel& entry, const Completion& completion);
};

/// Sets the result when the answers at hand decide it.
void Engine::State::settle(Inquiry& inquiry) {
  std::vector<Answer> usable;
  int unusable = 0;
  std::string why, raw;
  for (const auto& [sample, answer] : inquiry.answers) {
    if (auto problem = inquiry.question.unusable ? inquiry.question.unusable(answer) : std::nullopt) {
      ++unusable;
      why = *problem;
      raw = raw_of(answer);
      if (unusable >= most_unusable_replies) break;
    } else {
      usable.push_back(answer);
      if (usable.size() == static_cast<std::size_t>(inquiry.question.samples)) {
        inquiry.result = std::move(usable);
        return;
      }
    }
  }
  if (unusable >= most_unusable_replies) {
    inquiry.result = Failure{Failure::Kind::unusable,
                             fmt::format("{} unusable replies; the last one: {}", unusable, why), raw};
  }
}

std::shared_ptr<Inquiry> Engine::State::inquire(const Question& question, const std::string& record) {
  ++counts.questions;
  OpenModel& entry = model(question.model);
  auto inquiry = std::make_shared<Inquiry>();
  inquiry->question = question;
  const auto window = static_cast<std::size_t>(std::max(entry.config->context_window, 0));
  if (const std::size_t tokens = prompt_tokens(question.request); window > 0 && tokens > window) {
    inquiry->result =
        Failure{Failure::Kind::too_long,
                fmt::format("prompt and reply need about {} tokens, the context_window of '{}' is {}; lower "
                            "context_tokens, generate.example_context_tokens, retrieve.k or max_tokens",
                            tokens, question.model, window),
                ""};
    return inquiry;
  }
  const QuestionKey key{identity_for(entry, question.request), question.purpose, config.seed, 0,
                        semantic_json(question.request)};
  inquiry->digest = key.digest();
  if (const auto found = active.find(inquiry->digest);
      found != active.end() && found->second->question.samples >= question.samples) {
    return found->second;
  }
  const bool stored = !is_free(entry);
  if (stored) {
    for (StoredAnswer& answer : store().answers(inquiry->digest)) {
      inquiry->answers.emplace(answer.sample, std::move(answer.answer));
    }
    settle(*inquiry);
    if (inquiry->result) {
      ++counts.from_store;
      return inquiry;
    }
    if (settings.replay) {
      auto failure = store().failure(inquiry->digest);
      if (!failure) {
        throw RunError(
            fmt::format("{}: --replay, but the store has no answer to the question '{}' to '{}'; run without "
                        "--replay to ask it",
                        record, question.purpose, question.model));
      }
      inquiry->result = std::move(*failure);
      return inquiry;
    }
    store().remember(inquiry->digest, key, record);
  }
  active[inquiry->digest] = inquiry;
  enqueue(inquiry);
  return inquiry;
}

void Engine::State::enqueue(const std::shared_ptr<Inquiry>& inquiry) {
  model(inquiry->question.model).waiting.push_back(inquiry);
}

void Engine::State::submit_waiting() {
  for (auto& [name, entry] : models) {
    while (!entry.waiting.empty()) {
      Provider& target = provider(entry);
      if (!entry.opened) {
        target.open();
        entry.opened = true;
      }
      if (entry.in_flight >= target.concurrency()) break;
      const std::shared_ptr<Inquiry> inquiry = entry.waiting.front();
      if (std::holds_alternative<ScoreRequest>(inquiry->question.request) && !entry.ready_to_score) {
        // A check that talks to the server would swallow the ends of calls that are under way.
        if (entry.in_flight > 0) break;
        target.prepare_scoring();
        entry.ready_to_score = true;
      }
      entry.waiting.pop_front();
      int usable = 0;
      for (const auto& [sample, answer] : inquiry->answers) {
        usable += inquiry->question.unusable && inquiry->question.unusable(answer) ? 0 : 1;
      }
      Call call;
      call.id = next_call++;
      call.request = inquiry->question.request;
      call.samples = inquiry->question.samples - usable;
      call.first_sample = inquiry->answers.empty() ? 0 : inquiry->answers.rbegin()->first + 1;
      std::memcpy(&call.sampling_seed, inquiry->digest.bytes().data(), sizeof call.sampling_seed);
      calls[call.id] = inquiry;
      ++entry.in_flight;
      ++counts.calls;
      target.submit(std::move(call));
    }
  }
}

void Engine::State::note_end_of_call(OpenModel& entry, const Completion& completion) {
  --entry.in_flight;
  counts.usage += completion.usage;
  const auto uncached = static_cast<double>(completion.usage.prompt - completion.usage.cached);
  counts.usd +=
      (uncached * entry.config->usd_per_million_prompt +
       static_cast<double>(completion.usage.cached) * entry.config->usd_per_million_cached +
       static_cast<double>(completion.usage.completion) * entry.config->usd_per_million_completion) /
      1e6;
  const bool lost = completion.failure && completion.failure->kind != Failure::Kind::too_long;
  if (lost) last_failure = completion.failure;
  entry.failures_in_a_row = lost ? entry.failures_in_a_row + 1 : 0;
}

/// Waits for calls to end, stores what they brought, and only then lets go of their places. Returns how many
/// ended.
std::size_t Engine::State::poll() {
  std::size_t ended = 0;
  for (auto& [name, entry] : models) {
    if (entry.in_flight == 0) continue;
    std::vector<Completion> completions = entry.provider->poll(poll_wait);
    std::vector<StoredCompletion> to_store;
    for (Completion& completion : completions) {
      Inquiry& inquiry = *calls.at(completion.id);
      int sample = inquiry.answers.empty() ? 0 : inquiry.answers.rbegin()->first + 1;
      StoredCompletion stored{inquiry.digest, {}, completion.usage, completion.failure};
      for (Answer& answer : completion.answers) {
        if (inquiry.question.unusable && inquiry.question.unusable(answer)) ++counts.unusable;
        stored.answers.push_back({sample, answer});
        inquiry.answers.emplace(sample++, std::move(answer));
      }
      to_store.push_back(std::move(stored));
    }
    if (!to_store.empty() && !is_free(entry)) store().commit(to_store);
    for (const Completion& completion : completions) {
      note_end_of_call(entry, completion);
      const std::shared_ptr<Inquiry> inquiry = calls.at(completion.id);
      calls.erase(completion.id);
      settle(*inquiry);
      if (!inquiry->result && completion.failure) inquiry->result = *completion.failure;
      if (!inquiry->result && completion.answers.empty()) {
        inquiry->result = Failure{Failure::Kind::malformed, "the reply held no answer", ""};
      }
      if (inquiry->result) {
        answered += std::holds_alternative<std::vector<Answer>>(*inquiry->result) ? 1 : 0;
        active.erase(inquiry->digest);
      } else {
        enqueue(inquiry);
      }
      if (entry.failures_in_a_row >= most_failures_in_a_row) {
        throw RunError(fmt::format(
            "model '{}': {} requests in a row failed; the last one: {}. What was answered is stored; "
            "run again to go on",
            name, entry.failures_in_a_row, completion.failure->message));
      }
      ++ended;
    }
  }
  return ended;
}

void Engine::State::finish_complete_tasks() {
  while (!open.empty() && open.front().complete()) {
    OpenTask task = std::move(open.front());
    open.pop_front();
    std::vector<QuestionResult> results;
    results.reserve(task.inquiries.size());
    for (std::size_t i = 0; i < task.inquiries.size(); ++i) {
      QuestionResult result = *task.inquiries[i]->result;
      if (auto* answers = std::get_if<std::vector<Answer>>(&result)) {
        answers->resize(static_cast<std::size_t>(task.task.questions[i].samples));
        for (const Answer& answer : *answers) {
          const auto* chat = std::get_if<ChatAnswer>(&answer);
          if (chat != nullptr && chat->finish == Finish::length) ++counts.cut_at_length;
        }
      } else {
        ++counts.failed;
      }
      results.push_back(std::move(result));
    }
    ++counts.records;
    task.task.finish(std::move(results));
  }
}

Engine::Engine(const RunConfig& config, OpenStore open_store, MakeProvider make, Log& log, Settings settings)
    : state_(std::make_unique<State>(State{
          config, std::move(open_store), std::move(make), log, settings, {}, {}, {}, 1, {}, {}, {}, 0, {}})) {
}

Engine::~Engine() = default;

void Engine::run(const std::string& stage, std::size_t total,
                 const std::function<std::optional<Task>()>& next) {
  State& state = *state_;
  Progress progress(state.log, stage, total);
  state.answered = 0;
  // What an earlier, broken-off run of this engine left behind belongs to nobody any more.
  state.open.clear();
  state.active.clear();
  state.calls.clear();
  for (auto& entry : state.models) entry.second.waiting.clear();
  state.last_failure.reset();
  bool exhausted = false;
  std::size_t finished = state.counts.records;
  for (;;) {
    const bool stopping = interrupt_requested();
    std::size_t window = least_open_records;
    std::size_t waiting = 0;
    for (auto& entry : state.models) {
      waiting += entry.second.waiting.size();
      if (entry.second.provider) {
        window = std::max(window, open_records_per_call * entry.second.provider->concurrency());
      }
    }
    while (!exhausted && !stopping && state.open.size() < window && waiting < window) {
      std::optional<Task> task = next();
      if (!task) {
        exhausted = true;
        break;
      }
      OpenTask opened{std::move(*task), {}};
      for (const Question& question : opened.task.questions) {
        opened.inquiries.push_back(state.inquire(question, opened.task.key));
      }
      state.open.push_back(std::move(opened));
      state.finish_complete_tasks();
    }
    if (!stopping) state.submit_waiting();
    if (!state.calls.empty()) (void)state.poll();
    state.finish_complete_tasks();
    progress.set_counts(state.counts.calls, state.counts.from_store, state.counts.failed, state.counts.usd);
    progress.advance(state.counts.records - finished);
    finished = state.counts.records;
    if (stopping && state.calls.empty()) {
      throw Interrupted(fmt::format("{} interrupted; every answer is stored, run again to go on", stage));
    }
    if (exhausted && state.open.empty()) break;
  }
  progress.finish();
  if (state.last_failure && state.answered == 0 && state.counts.from_store == 0) {
    throw RunError(fmt::format("{}: every request failed; the last one: {}: {}", stage,
                               to_string(state.last_failure->kind), state.last_failure->message));
  }
}

void Engine::require(const std::string& model, std::string_view key, ModelUse use) {
  const ModelConfig& config = state_->config.model(model, key);
  if (state_->settings.replay || can(capabilities(model), use)) return;
  constexpr std::array<const char*, 3> verbs = {"chat", "score text", "embed text"};
  const bool lacks_template = use == ModelUse::score && config.provider == "openai";
  throw UsageError(fmt::format(
      "config key '{}': model '{}' (provider {}) can't {}{}", key, model, config.provider,
      verbs.at(static_cast<std::size_t>(use)),
      lacks_template ? "; give it a chat_template, so that prompts can be sent to /completions" : ""));
}

Capabilities Engine::capabilities(const std::string& model) {
  return state_->provider(state_->model(model)).capabilities();
}

std::string Engine::identity(const std::string& model) { return state_->identity(state_->model(model)); }

std::string Engine::model_name(const std::string& model) {
  const ModelConfig& config = *state_->model(model).config;
  return config.model.empty() ? config.name : config.model;
}

EngineCounts Engine::take_counts() { return std::exchange(state_->counts, {}); }

}  // namespace recon
