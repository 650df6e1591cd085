#include "queue.hpp"

#include <algorithm>
#include <utility>

namespace recon {

using std::chrono::milliseconds;

void OpenAiQueue::add(OpenAiJob job) {
  const std::uint64_t id = next_job_++;
  const bool is_late = job.call.clock && job.call.clock->started;
  jobs_.emplace(id, std::move(job));
  if (is_late) {
    ready_.push_front(id);
  } else {
    ready_.push_back(id);
  }
}

void OpenAiQueue::take_ready(std::size_t place) {
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(place));
}

void OpenAiQueue::wake(Clock::time_point now) {
  while (!paused_.empty() && paused_.begin()->first <= now) {
    // Before new requests: these have a deadline that runs.
    ready_.push_front(paused_.begin()->second);
    paused_.erase(paused_.begin());
  }
}

std::optional<OpenAiQueue::Clock::time_point> OpenAiQueue::next_wake() const {
  if (paused_.empty()) return std::nullopt;
  return paused_.begin()->first;
}

/// Jobs that have to wait may wait beyond their deadline, and further questions of a record may come after
/// it.
std::vector<std::uint64_t> OpenAiQueue::take_late(Clock::time_point now) {
  // What little time is left would only be paid for.
  const milliseconds shortest_attempt = std::min(milliseconds(1000), deadline_ / 20);
  std::vector<std::uint64_t> late;
  std::erase_if(ready_, [&](std::uint64_t id) {
    const auto deadline = deadline_of(jobs_.at(id));
    if (!deadline || now < *deadline - shortest_attempt) return false;
    late.push_back(id);
    return true;
  });
  return late;
}

std::vector<std::uint64_t> OpenAiQueue::take_waiting() {
  std::vector<std::uint64_t> waiting(ready_.begin(), ready_.end());
  for (const auto& [when, id] : paused_) waiting.push_back(id);
  ready_.clear();
  paused_.clear();
  return waiting;
}

std::optional<OpenAiQueue::Clock::time_point> OpenAiQueue::deadline_of(const OpenAiJob& job) const {
  if (job.deadline || !job.call.clock || !job.call.clock->started) return job.deadline;
  return *job.call.clock->started + deadline_;
}

}  // namespace recon
