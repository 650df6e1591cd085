#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "attempt.hpp"

namespace recon {

/// The calls of one provider that have not ended, and which of those that wait is next: ready ones are sent
/// as soon as traffic allows, paused ones become ready again at their time. What is neither is in flight.
class OpenAiQueue {
 public:
  using Clock = std::chrono::steady_clock;
  /// A record has so much time, from its first attempt on.
  explicit OpenAiQueue(std::chrono::milliseconds deadline) : deadline_(deadline) {}

  /// A call that becomes ready. A further question of a record whose deadline runs goes before new records.
  void add(OpenAiJob job);
  [[nodiscard]] OpenAiJob& at(std::uint64_t id) { return jobs_.at(id); }
  [[nodiscard]] const OpenAiJob& at(std::uint64_t id) const { return jobs_.at(id); }
  [[nodiscard]] bool empty() const { return jobs_.empty(); }
  /// Forgets a job that is in flight or was taken from the ready ones.
  void erase(std::uint64_t id) { jobs_.erase(id); }

  /// The ready jobs, the next one first.
  [[nodiscard]] const std::deque<std::uint64_t>& ready() const { return ready_; }
  /// Takes the ready job at a place of `ready`. It stays known.
  void take_ready(std::size_t place);
  /// A job in flight becomes ready, before all others.
  void again(std::uint64_t id) { ready_.push_front(id); }
  /// A job in flight becomes ready at a time.
  void pause(std::uint64_t id, Clock::time_point until) { paused_.emplace(until, id); }
  /// Makes those ready whose pause is over.
  void wake(Clock::time_point now);
  /// When the first pause ends; nullopt where none runs.
  [[nodiscard]] std::optional<Clock::time_point> next_wake() const;

  /// Takes those that are ready but have too little time left for an attempt. They stay known.
  [[nodiscard]] std::vector<std::uint64_t> take_late(Clock::time_point now);
  /// Takes all that wait, ready or paused. They stay known.
  [[nodiscard]] std::vector<std::uint64_t> take_waiting();
  /// Nullopt before the first attempt of the record.
  [[nodiscard]] std::optional<Clock::time_point> deadline_of(const OpenAiJob& job) const;

 private:
  std::chrono::milliseconds deadline_;
  std::uint64_t next_job_ = 1;
  std::unordered_map<std::uint64_t, OpenAiJob> jobs_;
  std::deque<std::uint64_t> ready_;
  std::multimap<Clock::time_point, std::uint64_t> paused_;
};

}  // namespace recon
