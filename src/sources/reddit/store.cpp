#include "store.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace recon {

namespace {

constexpr std::size_t entries_ahead = 512;  // of each run

static_assert(std::is_trivially_copyable_v<ThreadEntry>, "entries go to the file as they lie in memory");

}  // namespace

RedditStore::RedditStore(std::size_t entries_in_memory)
    : entries_in_memory_(std::max<std::size_t>(entries_in_memory, 1)) {}

void RedditStore::add(ThreadEntry entry, const StoredTexts& texts) {
  entry.sequence = sequence_++;
  entry.author_bytes = static_cast<std::uint32_t>(texts.author.size());
  entry.title_bytes = static_cast<std::uint32_t>(texts.title.size());
  entry.text_bytes = static_cast<std::uint32_t>(texts.text.size());
  entry.offset = spool_.append(texts.author);
  spool_.append(texts.title);
  spool_.append(texts.text);
  unsorted_.push_back(entry);
  if (unsorted_.size() >= entries_in_memory_) close_run();
}

StoredTexts RedditStore::texts(const ThreadEntry& entry) {
  const std::string all =
      spool_.read(entry.offset, std::size_t{entry.author_bytes} + entry.title_bytes + entry.text_bytes);
  StoredTexts texts;
  texts.author = all.substr(0, entry.author_bytes);
  texts.title = all.substr(entry.author_bytes, entry.title_bytes);
  texts.text = all.substr(std::size_t{entry.author_bytes} + entry.title_bytes);
  return texts;
}

void RedditStore::close_run() {
  std::sort(unsorted_.begin(), unsorted_.end(), comes_before);
  Run run;
  run.left = unsorted_.size();
  run.offset = sorted_.append(
      {reinterpret_cast<const char*>(unsorted_.data()), unsorted_.size() * sizeof(ThreadEntry)});
  runs_.push_back(std::move(run));
  unsorted_.clear();
}

/// Reads on where nothing is left ahead; false at the end of the run.
bool RedditStore::refill(Run& run) {
  if (run.at < run.ahead.size()) return true;
  run.ahead.resize(std::min(run.left, entries_ahead));
  run.at = 0;
  if (run.ahead.empty()) return false;
  const std::size_t bytes = run.ahead.size() * sizeof(ThreadEntry);
  sorted_.read(run.offset, reinterpret_cast<char*>(run.ahead.data()), bytes);
  run.offset += bytes;
  run.left -= run.ahead.size();
  return true;
}

bool RedditStore::comes_later(const Run& a, const Run& b) {
  return comes_before(b.ahead[b.at], a.ahead[a.at]);
}

/// What is still in memory becomes a run that needs no file.
void RedditStore::start_merging() {
  is_merging_ = true;
  std::sort(unsorted_.begin(), unsorted_.end(), comes_before);
  Run last;
  last.ahead = std::exchange(unsorted_, {});
  runs_.push_back(std::move(last));
  std::vector<Run> begun;
  for (Run& run : runs_) {
    if (refill(run)) begun.push_back(std::move(run));
  }
  runs_ = std::move(begun);
  std::make_heap(runs_.begin(), runs_.end(), comes_later);
}

std::vector<ThreadEntry> RedditStore::next_post() {
  if (!is_merging_) start_merging();
  std::vector<ThreadEntry> entries;
  while (!runs_.empty()) {
    const Run& first = runs_.front();
    if (!entries.empty() && first.ahead[first.at].post != entries.front().post) break;
    std::pop_heap(runs_.begin(), runs_.end(), comes_later);
    Run& run = runs_.back();
    entries.push_back(run.ahead[run.at++]);
    if (refill(run)) {
      std::push_heap(runs_.begin(), runs_.end(), comes_later);
    } else {
      runs_.pop_back();
    }
  }
  return entries;
}

}  // namespace recon
