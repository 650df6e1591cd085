#pragma once

#include "recon/engine/engine.hpp"
#include "recon/store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// What is known of a question before the engine meets it.
struct CacheLookup {
  Digest digest;
  /// That the store held when the task was made. None may also mean that it was not looked at.
  std::vector<StoredAnswer> answers;
};

/// A task and what was looked up of its questions: absent for a model whose identity was not known yet.
struct PrefetchedTask {
  Task task;
  std::vector<std::optional<CacheLookup>> looked_up;  ///< by question
};

/// Makes the tasks of a stage ahead of the engine, on a thread of its own: where all answers are stored,
/// reading records, rendering prompts and looking into the store is most of the work.
///
/// Who owns what: `next` with all it touches, and the store handed over, belong to the prefetcher's thread
/// until the prefetcher is gone; the methods belong to one other thread, the engine's.
class Prefetcher {
 public:
  using Next = std::function<std::optional<Task>()>;
  /// Where set: whether a task with this subject will be worked on, so that others need no look-up.
  using Filter = std::function<bool(const Subject& task)>;
  Prefetcher(EngineConfig config, Next next, Filter filter = nullptr);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The questions of this model have digests from now on.
  void learn_identity(const std::string& model, const std::string& identity);
  /// Questions that have digests are looked up from now on, as long as that goes well: the engine looks again
  /// itself where it has to, and says what is wrong.
  void look_into(std::unique_ptr<ResponseStore> reader);

  /// The next task, in the order of `next`; waits for it. Nothing after the last one. Throws what `next`
  /// threw.
  [[nodiscard]] std::optional<PrefetchedTask> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
