#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace recon {

/// Runs `work(worker, i)` for i = 0 .. count-1 on several threads and hands the results out in the order of
/// i. At most `ahead` results are begun and not handed out yet, so that memory stays bounded.
///
/// Who owns what: `work` is called from the worker threads at the same time, with the number of the thread,
/// and owns nothing but what belongs to that number; count_, ahead_ and work_ never change; all other members
/// are guarded by the mutex; `next` and the destructor belong to one thread, the owner.
template <class Result>
class OrderedWorkers {
 public:
  using Work = std::function<Result(std::size_t worker, std::size_t index)>;

  OrderedWorkers(std::size_t count, std::size_t workers, std::size_t ahead, Work work)
      : count_(count), ahead_(std::max<std::size_t>(ahead, 1)), work_(std::move(work)) {
    try {
      for (std::size_t i = 0; i < workers; ++i) threads_.emplace_back([this, i] { run(i); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~OrderedWorkers() { stop(); }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  /// The next result; nullopt after the last. Throws what `work` threw for it.
  [[nodiscard]] std::optional<Result> next() {
    std::unique_lock lock(mutex_);
    if (handed_out_ == count_) return std::nullopt;
    finished_.wait(lock, [&] { return !slots_.empty() && slots_.front().done; });
    Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++handed_out_;
    lock.unlock();
    room_.notify_one();
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(slot.result);
  }

 private:
  struct Slot {
    bool done = false;
    std::optional<Result> result;
    std::exception_ptr error;
  };
  std::size_t count_;
  std::size_t ahead_;
  Work work_;
  std::mutex mutex_;
  std::condition_variable room_, finished_;
  std::deque<Slot> slots_;  ///< of the indices handed_out_ .. begun_ - 1
  std::size_t begun_ = 0, handed_out_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;

  /// Takes the next index; nullopt where there is none or the owner is gone.
  std::optional<std::size_t> begin() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || begun_ == count_ || slots_.size() < ahead_; });
    if (stopped_ || begun_ == count_) return std::nullopt;
    slots_.emplace_back();
    return begun_++;
  }

  void run(std::size_t worker) {
    while (const std::optional<std::size_t> index = begin()) {
      Slot slot;
      try {
        slot.result.emplace(work_(worker, *index));
      } catch (...) {
        slot.error = std::current_exception();
      }
      slot.done = true;
      {
        const std::lock_guard lock(mutex_);
        slots_[*index - handed_out_] = std::move(slot);
      }
      finished_.notify_one();
    }
    // The others may wait for room that will not come any more.
    room_.notify_all();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
};

}  // namespace recon
