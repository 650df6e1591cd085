#include "recon/store/transfer.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/jsonl.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "database.hpp"
#include "entry.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* reading = "reading from the response store failed";
constexpr const char* writing = "writing to the response store failed";
/// A commit costs a sync of the disk; what is between two is done again after an interruption.
constexpr std::size_t entries_per_commit = 4096;
/// Entries wait in memory for their commit.
constexpr std::size_t bytes_per_commit = std::size_t{64} << 20;

/// About what an entry takes in memory.
std::size_t size_of(const StoreEntry& entry) {
  constexpr std::size_t row = 200;
  std::size_t size = row * (1 + entry.calls.size());
  if (entry.asked) size += entry.asked->parts.size();
  for (const StoreEntry::KeptAnswer& answer : entry.answers) size += row + answer.text.size();
  for (const StoreEntry::KeptFailure& kept : entry.failures)
    size += row + kept.failure.message.size() + kept.failure.raw.size();
  return size;
}

/// Adds entries to a store, a few thousand in one transaction. They are collected first: while a transaction
/// is open, every run that shares the store waits, and the entries may come slowly.
class StoreEntryAdder {
 public:
  StoreEntryAdder(const std::filesystem::path& store, StoreJournal journal)
      : path_(store),
        database_(open_store_file(store, {.journal = journal})),
        answers_(store, *database_, layout_of(*database_)),
        writer_(*database_),
        failures_(*database_, "SELECT kind, message, raw, created FROM failures WHERE question = ?"),
        calls_(*database_,
               "SELECT prompt_tokens, cached, completion, reasoning, created, run, model, usd, assumed "
               "FROM calls WHERE question = ?") {}

  void add(StoreEntry entry);
  /// Writes what was collected; to be called at the end too.
  [[nodiscard]] const StoreAddition& commit();

 private:
  std::filesystem::path path_;
  std::unique_ptr<SQLite::Database> database_;
  AnswerReader answers_;
  StoreWriter writer_;
  SQLite::Statement failures_, calls_;
  std::vector<StoreEntry> waiting_;
  std::size_t waiting_bytes_ = 0;
  StoreAddition total_;  ///< of what is written

  void write(const StoreEntry& entry);
  void add_answer(const Digest& question, const StoreEntry::KeptAnswer& answer);
  void add_failures(const StoreEntry& entry);
  void add_calls(const StoreEntry& entry);
};

void StoreEntryAdder::add(StoreEntry entry) {
  waiting_bytes_ += size_of(entry);
  waiting_.push_back(std::move(entry));
  const bool interrupted = interrupt_requested();
  if (!interrupted && waiting_.size() < entries_per_commit && waiting_bytes_ < bytes_per_commit) return;
  static_cast<void>(commit());
  if (interrupted) {
    throw Interrupted(fmt::format(
        "{}: interrupted after {} questions; run the same command again to go on, nothing is doubled",
        path_.string(), total_.read));
  }
}

const StoreAddition& StoreEntryAdder::commit() {
  if (waiting_.empty()) return total_;
  guarded(path_, writing, [&] {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const StoreEntry& entry : waiting_) write(entry);
    transaction.commit();
  });
  waiting_.clear();
  waiting_bytes_ = 0;
  return total_;
}

void StoreEntryAdder::write(const StoreEntry& entry) {
  if (entry.asked && writer_.add(*entry.asked)) ++total_.added.questions;
  for (const StoreEntry::KeptAnswer& answer : entry.answers) add_answer(entry.question, answer);
  add_failures(entry);
  add_calls(entry);
  if (entry.retries > 0) writer_.set_retries(entry.question, entry.retries);
  ++total_.read;
}

void StoreEntryAdder::add_answer(const Digest& question, const StoreEntry::KeptAnswer& answer) {
  if (writer_.add_answer(question, answer.sample, answer.text, answer.created)) {
    ++total_.added.answers;
    return;
  }
  answers_.for_each(question, [&](const AnswerReader::Row& row) {
    if (row.sample != answer.sample || row.text == answer.text) return;
    if (Json::parse(row.text, nullptr, false) != Json::parse(answer.text)) ++total_.differing;
  });
}

/// Equal rows are counted, not merged: two calls may cost the same within one millisecond.
void StoreEntryAdder::add_failures(const StoreEntry& entry) {
  if (entry.failures.empty()) return;
  const auto text_of = [](const StoreEntry::KeptFailure& kept) {
    return fmt::format("{}\n{}\n{}\n{}", kept.created, to_string(kept.failure.kind), kept.failure.message,
                       kept.failure.raw);
  };
  std::vector<std::string> there;
  {
    StatementUse select(failures_);
    select.bind(1, entry.question);
    while (select->executeStep()) {
      there.push_back(fmt::format("{}\n{}\n{}\n{}", select->getColumn(3).getString(),
                                  select->getColumn(0).getString(), select->getColumn(1).getString(),
                                  select->getColumn(2).getString()));
    }
  }
  for (const StoreEntry::KeptFailure& kept : entry.failures) {
    if (const auto same = std::find(there.begin(), there.end(), text_of(kept)); same != there.end()) {
      there.erase(same);
      continue;
    }
    writer_.add(entry.question, kept.failure, kept.created);
    ++total_.added.failures;
  }
}

void StoreEntryAdder::add_calls(const StoreEntry& entry) {
  if (entry.calls.empty()) return;
  std::vector<StoredCall> there;
  {
    StatementUse select(calls_);
    select.bind(1, entry.question);
    while (select->executeStep()) there.push_back(call_from_row(calls_, 0));
  }
  for (const StoredCall& call : entry.calls) {
    const auto same = std::find_if(there.begin(), there.end(),
                                   [&](const StoredCall& one) { return one.key() == call.key(); });
    if (same != there.end()) {
      there.erase(same);
      continue;
    }
    writer_.add(entry.question, call);
    ++total_.added.calls;
  }
}

}  // namespace

StoreCounts count_store(const std::filesystem::path& store) {
  const auto database = open_store_file(store, {.read_only = true, .check_whole = false});
  return guarded(store, reading, [&] {
    const auto count = [&](const char* table) {
      return static_cast<std::size_t>(
          database->execAndGet(fmt::format("SELECT count(*) FROM {}", table)).getInt64());
    };
    return StoreCounts{count("questions"), count("answers"), count("failures"), count("calls")};
  });
}

StoreCounts export_store(const std::filesystem::path& store, const std::filesystem::path& output) {
  StoreEntryReader reader = guarded(store, reading, [&] { return StoreEntryReader(store); });
  JsonlWriter writer(output);
  StoreCounts counts;
  while (const auto entry = reader.next()) {
    if (interrupt_requested())
      throw Interrupted(fmt::format("{}: interrupted; nothing was written", output.string()));
    counts.questions += entry->asked ? 1 : 0;
    counts.answers += entry->answers.size();
    counts.failures += entry->failures.size();
    counts.calls += entry->calls.size();
    writer.write(*entry);
  }
  writer.commit();
  return counts;
}

StoreAddition import_store(const std::filesystem::path& store, const std::filesystem::path& input,
                           StoreJournal journal) {
  LineReader reader(input);  // before a store is made for a file that is not there
  std::optional<StoreEntryAdder> adder;
  while (const auto line = reader.next()) {
    if (line->text.empty()) continue;
    StoreEntry entry = parse_record<StoreEntry>(reader.name(), *line);
    if (!adder) guarded(store, writing, [&] { adder.emplace(store, journal); });
    adder->add(std::move(entry));
  }
  return adder ? adder->commit() : StoreAddition{};
}

StoreAddition merge_store(const std::filesystem::path& into, const std::filesystem::path& from,
                          StoreJournal journal) {
  std::error_code ignored;
  if (std::filesystem::equivalent(into, from, ignored))
    throw UsageError(fmt::format("{}: a store can't be merged into itself", from.string()));
  StoreEntryReader reader = guarded(from, reading, [&] { return StoreEntryReader(from); });
  StoreEntryAdder adder = guarded(into, writing, [&] { return StoreEntryAdder(into, journal); });
  while (auto entry = reader.next()) adder.add(*std::move(entry));
  return adder.commit();
}

}  // namespace recon
