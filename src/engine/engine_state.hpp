#pragma once

#include "recon/core/digest.hpp"
#include "recon/engine/budget.hpp"
#include "recon/engine/engine.hpp"
#include "recon/engine/open_question.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "answer_statistics.hpp"
#include "misfit.hpp"
#include "prefetcher.hpp"

namespace recon {

/// A task whose questions are being answered.
struct OpenTask {
  Task task;
  std::vector<std::shared_ptr<OpenQuestion>> open_questions;
  std::size_t bytes = 0;  ///< that its questions take, roughly
  [[nodiscard]] bool complete() const {
    return std::all_of(open_questions.begin(), open_questions.end(),
                       [](const auto& open_question) { return open_question->result.has_value(); });
  }
};

/// A model in use and the questions that wait for it.
struct OpenModel {
  const ModelConfig* config = nullptr;
  std::unique_ptr<Provider> provider;
  bool opened = false;
  bool ready_to_score = false;
  std::string identity;
  bool known_to_prefetcher = false;  ///< of the present run of a stage
  std::size_t in_flight = 0;
  std::size_t failures_in_a_row = 0;          ///< that speak of the server
  std::size_t account_failures_in_a_row = 0;  ///< of a key or an account
  std::deque<std::shared_ptr<OpenQuestion>> waiting;
  MisfitWatch watch;            ///< of the present run of a stage
  AnswerStatistics statistics;  ///< of what was used since the last look at them
};

/// A call in flight.
struct OpenCall {
  std::shared_ptr<OpenQuestion> open_question;
  Usage most;  ///< that one attempt can use; zero where nothing bounds it
};

/// What the engine works with: models and store, questions on their way (engine_questions.cpp), calls in
/// flight (engine_calls.cpp).
struct Engine::State {
  State(EngineConfig engine_config, OpenStore store_opener, MakeProvider provider_maker, Log& run_log,
        Settings engine_settings)
      : config(engine_config),
        open_store(std::move(store_opener)),
        make(std::move(provider_maker)),
        log(run_log),
        settings(std::move(engine_settings)) {}

  EngineConfig config;
  OpenStore open_store;
  MakeProvider make;
  Log& log;
  Settings settings;
  bool store_opened = false;
  std::unique_ptr<ResponseStore> opened_store;
  std::optional<Budget> budget;
  std::map<std::string, OpenModel> models;
  EngineCounts counts;
  std::uint64_t next_call = 1;

  std::string stage;
  std::optional<Prefetcher> prefetcher;  ///< of this run of a stage
  std::unordered_map<Digest, std::shared_ptr<OpenQuestion>, DigestHash> active;
  std::unordered_map<std::uint64_t, OpenCall> calls;
  std::deque<OpenTask> open;
  std::size_t open_bytes = 0;           ///< that these take, roughly
  std::size_t answered = 0;             ///< questions answered by models in this run of a stage
  std::optional<Failure> last_failure;  ///< of a call in this run of a stage
  bool draining = false;                ///< an error has ended the run; what is in flight is still stored
  std::vector<Engine::Unfinished> unfinished;  ///< left by a run that an error ended
  std::uint64_t finished_records = 0;          ///< of all runs; tells records apart
  bool over_budget = false;                    ///< the next call has to wait for money set aside for others

  /// The prefetcher of a run, for as long as what its tasks are made from is there.
  class Prefetching {
   public:
    Prefetching(State& state, Prefetcher::Next next);
    ~Prefetching();
    Prefetching(const Prefetching&) = delete;
    Prefetching& operator=(const Prefetching&) = delete;

   private:
    State& state_;
  };

  OpenModel& model(const std::string& name);
  Provider& provider(OpenModel& entry);
  const std::string& identity(OpenModel& entry);
  ResponseStore* store();
  [[nodiscard]] std::unique_ptr<ResponseStore> second_reader() const;
  void tell_prefetcher(OpenModel& entry);
  bool is_free(OpenModel& entry);
  /// Whether another record is worth having open.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::size_t waiting() const;

  // engine_questions.cpp
  void open_task(PrefetchedTask fed);
  std::shared_ptr<OpenQuestion> open_question_for(Question&& asked, std::optional<CacheLookup> known,
                                                  const Subject& task,
                                                  const std::shared_ptr<RecordClock>& clock);
  void look_into_store(OpenQuestion& open_question, std::vector<StoredAnswer> known, const Subject& task);
  void make_up_answers(OpenQuestion& open_question);
  void finish_complete_tasks();
  void watch_record(const OpenTask& task);
  void watch_stored(const OpenQuestion& open_question);

  // engine_calls.cpp
  void submit_waiting();
  [[nodiscard]] bool submit(OpenModel& entry, const std::shared_ptr<OpenQuestion>& open_question);
  void poll();
  void take(OpenModel& entry, std::vector<Completion> completions);
  void end_call(OpenModel& entry, const Completion& completion);
  void count(OpenModel& entry, const Completion& completion, const Usage& assumed);
  [[nodiscard]] bool counts_against_server(const Failure& failure) const;
  void stop_where_hopeless(const OpenModel& entry, const Completion& completion) const;
  /// Throws RunError where a model's answers are of no use.
  void stop_where_misfit() const;
  [[nodiscard]] std::string why_nothing_moves() const;
  void drain();
  [[nodiscard]] Budget::Amount spent_so_far();
  void forget_broken_off_run();
  void keep_unfinished();
  void withdraw_unsent();
};

}  // namespace recon
