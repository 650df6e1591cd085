#include "recon/engine/engine.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine_state.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Records, and questions not yet sent, open at once for each call that may be in flight: enough that none of
/// these places is idle.
constexpr std::size_t open_records_per_call = 4;
constexpr std::size_t least_open_records = 64;
/// Further records may be open as long as all together take no more bytes than this.
constexpr std::size_t most_open_bytes = std::size_t{32} << 20U;
/// Records between two looks at the clock for the progress line.
constexpr std::size_t shown_every = 256;
/// After so long without any change the progress line says what is being waited for.
constexpr std::chrono::seconds still_before_said{10};

}  // namespace

OpenModel& Engine::State::model(const std::string& name) {
  OpenModel& entry = models[name];
  if (entry.config == nullptr) entry.config = &config.model(name, "models");
  return entry;
}

Provider& Engine::State::provider(OpenModel& entry) {
  if (!entry.provider) entry.provider = make(*entry.config);
  return *entry.provider;
}

const std::string& Engine::State::identity(OpenModel& entry) {
  if (entry.identity.empty())
    entry.identity = entry.config->identity.empty() ? provider(entry).identity() : entry.config->identity;
  return entry.identity;
}

/// Null where there is none, which happens only while planning.
ResponseStore* Engine::State::store() {
  if (!store_opened) {
    opened_store = open_store();
    store_opened = true;
    if (prefetcher) prefetcher->look_into(second_reader());
  }
  return opened_store.get();
}

/// Null where the store can't be read twice: the prefetcher only saves time.
std::unique_ptr<ResponseStore> Engine::State::second_reader() const {
  if (!opened_store) return nullptr;
  try {
    return opened_store->second_reader();
  } catch (const RunError& error) {
    log.verbose(fmt::format("the store is read by one thread only: {}", error.what()));
    return nullptr;
  }
}

Engine::State::Prefetching::Prefetching(State& state, Prefetcher::Next next) : state_(state) {
  std::unique_ptr<ResponseStore> reader = state.second_reader();
  state.prefetcher.emplace(state.config, std::move(next), state.settings.filter);
  state.prefetcher->look_into(std::move(reader));
  for (auto& [name, entry] : state.models) {
    entry.known_to_prefetcher = false;
    if (!entry.identity.empty()) state.tell_prefetcher(entry);
  }
}

Engine::State::Prefetching::~Prefetching() { state_.prefetcher.reset(); }

/// Lets the prefetcher look up the questions of a model.
void Engine::State::tell_prefetcher(OpenModel& entry) {
  if (entry.known_to_prefetcher || !prefetcher || is_free(entry)) return;
  prefetcher->learn_identity(entry.config->name, entry.identity);
  entry.known_to_prefetcher = true;
}

bool Engine::State::is_free(OpenModel& entry) {
  return entry.config->provider == "hashing" && provider(entry).capabilities().free;
}

bool Engine::State::has_room() const {
  std::size_t most = least_open_records;
  for (const auto& [name, entry] : models) {
    if (entry.provider) most = std::max(most, open_records_per_call * entry.provider->concurrency());
  }
  // Records end in order: behind one that a server keeps waiting, answered ones pile up.
  return waiting() < most && (open.size() < most || open_bytes < most_open_bytes);
}

std::size_t Engine::State::waiting() const {
  std::size_t sum = 0;
  for (const auto& [name, entry] : models) sum += entry.waiting.size();
  return sum;
}

Engine::Engine(EngineConfig config, OpenStore open_store, MakeProvider make, Log& log, Settings settings)
    : state_(std::make_unique<State>(config, std::move(open_store), std::move(make), log,
                                     std::move(settings))) {}

Engine::~Engine() = default;

void Engine::run(const std::string& stage, std::size_t total,
                 const std::function<std::optional<Task>()>& next) {
  State& state = *state_;
  Progress progress(state.log, stage, total, state.settings.now);
  state.stage = stage;
  state.forget_broken_off_run();
  const State::Prefetching prefetching(state, next);
  try {
    work_through(progress);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    state.drain();
    state.keep_unfinished();
    throw;
  }
  progress.finish();
  state.stop_where_misfit();
  if (state.last_failure && state.answered == 0 && state.counts.from_store == 0) {
    throw RunError(fmt::format("{}: every request failed; the last one: {}: {}", stage,
                               to_string(state.last_failure->kind), state.last_failure->message));
  }
}

void Engine::work_through(Progress& progress) {
  State& state = *state_;
  bool exhausted = false;
  std::size_t finished = state.counts.records;
  for (;;) {
    const bool stopping = interrupt_requested();
    while (!exhausted && !interrupt_requested() && state.has_room()) {
      std::optional<PrefetchedTask> task = state.prefetcher->take();
      if (task) {
        state.open_task(std::move(*task));
      } else {
        exhausted = true;
      }
      // A run of stored answers alone never leaves this loop.
      if (state.counts.records % shown_every == 0) show(progress, finished);
    }
    if (stopping) {
      state.withdraw_unsent();
    } else {
      state.submit_waiting();
    }
    show(progress, finished);  // what was sent counts from here, not from the end of the wait for it
    if (!state.calls.empty()) state.poll();
    state.finish_complete_tasks();
    show(progress, finished);
    if (stopping && state.calls.empty())
      throw Interrupted(
          fmt::format("{} interrupted; every answer is stored, run again to go on", state.stage));
    if (exhausted && state.open.empty()) break;
  }
}

void Engine::show(Progress& progress, std::size_t& shown) const {
  if (progress.still_for() >= still_before_said) progress.stands_still(state_->why_nothing_moves());
  const EngineCounts& counts = state_->counts;
  progress.set_counts(counts.calls, counts.from_store, counts.failed, counts.usd);
  progress.advance(counts.records - shown);
  shown = counts.records;
}

void Engine::require(const std::string& model, std::string_view key, ModelUse use) {
  const ModelConfig& config = state_->config.model(model, key);
  if (state_->settings.budget.usd && config.provider == "openai" && !config.has_price) {
    throw UsageError(fmt::format(
        "budget_usd: model '{}' has no price; give it `price: {{prompt: ..., completion: ...}}` in USD per "
        "million tokens, 0 where it costs nothing",
        model));
  }
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

std::optional<Spent> Engine::spent() const {
  if (!state_->opened_store || state_->settings.replay) return std::nullopt;
  return state_->opened_store->spent(state_->settings.run);
}

std::vector<Warning> Engine::take_warnings(const std::string& stage) {
  std::vector<Warning> warnings;
  for (auto& [name, entry] : state_->models) {
    if (entry.config == nullptr) continue;
    for (Warning& warning : std::exchange(entry.statistics, {}).warnings(stage, *entry.config))
      warnings.push_back(std::move(warning));
  }
  return warnings;
}

std::vector<Engine::Unfinished> Engine::take_unfinished() { return std::exchange(state_->unfinished, {}); }

EngineCounts Engine::take_counts() { return std::exchange(state_->counts, {}); }

}  // namespace recon
