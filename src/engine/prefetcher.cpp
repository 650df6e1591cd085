#include "prefetcher.hpp"

#include "recon/core/error.hpp"
#include "recon/engine/open_question.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace recon {
namespace {

/// Tasks made ahead at most: they hold their prompts.
constexpr std::size_t most_ready = 64;
/// Tasks are handed over together, since waking the other thread takes as long as making one; but they do not
/// wait for each other where making them takes longer than this.
constexpr std::size_t handed_over_together = 8;
constexpr std::chrono::milliseconds longest_wait{1};
/// With fewer tasks at hand than this the engine is the faster one of the two and looks questions up itself.
constexpr std::size_t enough_at_hand = 16;

/// Signals are for the thread that waits for the servers: one that arrives here would not wake it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before_) != 0) throw RunError("signals can't be blocked");
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// What the engine found out, on its way to the thread.
struct Mailbox {
  std::map<std::string, std::string> identities;
  std::unique_ptr<ResponseStore> reader;
};

}  // namespace

struct Prefetcher::State {
  State(EngineConfig engine_config, Next make, Filter task_filter)
      : config(engine_config), next(std::move(make)), filter(std::move(task_filter)) {}

  // The thread's.
  EngineConfig config;
  Next next;
  Filter filter;
  std::map<std::string, std::string> identities;  ///< by model
  std::unique_ptr<ResponseStore> store;
  std::deque<PrefetchedTask> made;                   ///< not yet handed over
  std::chrono::steady_clock::time_point made_since;  ///< when the first of these was begun
  bool engine_has_enough = true;

  // The engine's.
  std::deque<PrefetchedTask> taken;
  std::thread thread;  ///< started by the first `take`

  std::atomic<std::size_t> left_of_taken = 0;  ///< the engine writes it, the thread reads it

  std::mutex mutex;  // guards what follows
  std::condition_variable room, filled;
  std::deque<PrefetchedTask> ready;
  Mailbox mailbox;
  std::exception_ptr error;  ///< after the tasks that are ready
  bool ended = false;
  bool stopped = false;

  void run() noexcept {
    std::exception_ptr problem;
    try {
      {
        const std::lock_guard lock(mutex);
        take_news();
      }
      while (std::optional<PrefetchedTask> fed = make()) {
        made.push_back(std::move(*fed));
        if (is_due() && !hand_over()) return;
      }
    } catch (...) {
      problem = std::current_exception();
    }
    store.reset();
    (void)hand_over();
    {
      const std::lock_guard lock(mutex);
      error = std::move(problem);
      ended = true;
    }
    filled.notify_one();
  }

  [[nodiscard]] std::optional<PrefetchedTask> make() {
    if (made.empty()) made_since = std::chrono::steady_clock::now();
    std::optional<Task> task = next();
    if (!task) return std::nullopt;
    PrefetchedTask fed{std::move(*task), {}};
    look_up(fed);
    return fed;
  }

  [[nodiscard]] bool is_due() const {
    return made.size() >= handed_over_together ||
           std::chrono::steady_clock::now() - made_since >= longest_wait;
  }

  /// False when the engine wants no more.
  [[nodiscard]] bool hand_over() {
    std::unique_lock lock(mutex);
    if (ready.size() >= most_ready) {
      lock.unlock();
      end_snapshot();
      lock.lock();
    }
    room.wait(lock, [&] { return stopped || ready.size() < most_ready; });
    if (stopped) return false;
    engine_has_enough = ready.size() + left_of_taken >= enough_at_hand;
    std::move(made.begin(), made.end(), std::back_inserter(ready));
    take_news();
    lock.unlock();
    filled.notify_one();
    made.clear();
    if (!engine_has_enough) end_snapshot();
    return true;
  }

  /// Before a pause between look-ups: a snapshot held for long would keep the store's log from being emptied.
  void end_snapshot() {
    if (!store) return;
    try {
      store->end_snapshot();
    } catch (const RunError&) {
      store.reset();
    }
  }

  void take_news() {
    identities.merge(mailbox.identities);
    mailbox.identities.clear();
    if (mailbox.reader) store = std::move(mailbox.reader);
  }

  void look_up(PrefetchedTask& fed) {
    fed.looked_up.resize(fed.task.questions.size());
    if (filter && !filter(fed.task.subject)) return;
    for (std::size_t i = 0; i < fed.looked_up.size(); ++i) {
      const Question& question = fed.task.questions[i];
      const auto identity = identities.find(question.model);
      if (identity == identities.end()) continue;
      CacheLookup& known = fed.looked_up[i].emplace();
      known.digest = digest_of_question(question, identity->second, config);
      if (store && engine_has_enough) known.answers = stored(known.digest);
    }
  }

  /// This look at the store only saves time: whatever is wrong with it, the engine looks with its own eyes.
  [[nodiscard]] std::vector<StoredAnswer> stored(const Digest& question) {
    try {
      return store->answers(question);
    } catch (const RunError&) {
      store.reset();
      return {};
    }
  }
};

Prefetcher::Prefetcher(EngineConfig config, Next next, Filter filter)
    : state_(std::make_unique<State>(config, std::move(next), std::move(filter))) {}

Prefetcher::~Prefetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->room.notify_one();
  if (state_->thread.joinable()) state_->thread.join();
}

void Prefetcher::learn_identity(const std::string& model, const std::string& identity) {
  const std::lock_guard lock(state_->mutex);
  state_->mailbox.identities.insert_or_assign(model, identity);
}

void Prefetcher::look_into(std::unique_ptr<ResponseStore> reader) {
  const std::lock_guard lock(state_->mutex);
  state_->mailbox.reader = std::move(reader);
}

std::optional<PrefetchedTask> Prefetcher::take() {
  State& state = *state_;
  if (!state.thread.joinable()) {
    const SignalsBlocked blocked;
    state.thread = std::thread([&state] { state.run(); });
  }
  if (state.taken.empty()) {
    std::unique_lock lock(state.mutex);
    state.filled.wait(lock, [&] { return !state.ready.empty() || state.ended; });
    state.taken.swap(state.ready);
    if (state.taken.empty()) {
      if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
      return std::nullopt;
    }
    lock.unlock();
    state.room.notify_one();
  }
  PrefetchedTask task = std::move(state.taken.front());
  state.taken.pop_front();
  state.left_of_taken = state.taken.size();
  return task;
}

}  // namespace recon
