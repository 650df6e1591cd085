#include "recon/store/store.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "state.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr const char* reading = "reading from the response store failed";
constexpr const char* writing_failed = "writing to the response store failed";

constexpr std::chrono::milliseconds longest_lease{10};

/// How long a run waits for another process that locks the store, a VACUUM of a large one say: an error would
/// lose replies that are paid for.
constexpr int run_busy_timeout_ms = 600'000;

constexpr const char* advice_to_replay =
    "; nothing can be replayed without one: run without --replay first, or name the store with `store:`";

/// {}: which calls count. What is assumed of calls without a reply is an upper estimate, not a length.
constexpr const char* mean_query = R"sql(
WITH reported AS (SELECT question, sum(completion) AS tokens FROM calls {} GROUP BY question HAVING tokens > 0)
SELECT identity, purpose, sum(tokens),
       sum((SELECT count(*) FROM answers WHERE answers.question = reported.question)) AS answers
FROM reported JOIN questions USING (question) GROUP BY identity, purpose HAVING answers > 0
)sql";

/// What the store keeps of a text in which a server sent invalid UTF-8.
bool is_kept_exactly(const Answer& answer) {
  return match(
      answer,
      [](const ChatAnswer& chat) { return !invalid_utf8_at(chat.text) && !invalid_utf8_at(chat.reasoning); },
      [](const ScoreAnswer&) { return true; }, [](const EmbedAnswer&) { return true; });
}

bool cost_nothing(const StoredCompletion& completion) {
  const Usage& usage = completion.usage;
  return usage.prompt == 0 && usage.cached == 0 && usage.completion == 0 && usage.reasoning == 0 &&
         completion.spending.usd == 0;
}

}  // namespace

ReadTransaction::ReadTransaction(SQLite::Database& database)
    : allowed_(database.execAndGet("PRAGMA journal_mode").getString() == "wal"),
      begin_(database, "BEGIN"),
      end_(database, "COMMIT") {}

void ReadTransaction::renew() {
  if (!allowed_) return;
  const auto now = std::chrono::steady_clock::now();
  if (open_ && now - opened_ < longest_lease) return;
  end();
  StatementUse(begin_)->exec();
  open_ = true;
  opened_ = now;
}

void ReadTransaction::forgo() {
  end();
  allowed_ = false;
}

void ReadTransaction::end() {
  if (!open_) return;
  StatementUse(end_)->exec();
  open_ = false;
}

ResponseStore::State::State(std::filesystem::path file, std::unique_ptr<SQLite::Database> opened,
                            bool read_only)
    : path(std::move(file)),
      database(std::move(opened)),
      layout(layout_of(*database)),
      lease(*database),
      answers(path, *database, layout),
      failure(*database,
              "SELECT kind, message, raw FROM failures WHERE question = ? ORDER BY created DESC, id DESC "
              "LIMIT 1") {
  if (layout.retries) {
    retries.emplace(*database, "SELECT granted FROM retries WHERE question = ?");
    has_retries = database->execAndGet("SELECT EXISTS(SELECT 1 FROM retries)").getInt() != 0;
  }
  if (!read_only) writer.emplace(*database);
}

StoreWriter& ResponseStore::State::writing() {
  if (!writer)
    throw RunError(fmt::format("{}: the response store was opened for reading only", path.string()));
  return *writer;
}

void ResponseStore::State::write(StoredCompletion& completion) {
  for (StoredAnswer& stored : completion.answers) {
    const std::string text = stored_text(answer_to_json(stored.answer));
    if (!writer->add_answer(completion.question, stored.sample, text)) {
      std::vector<StoredAnswer> earlier = answers.read(completion.question);
      const auto same = std::find_if(earlier.begin(), earlier.end(),
                                     [&](const StoredAnswer& one) { return one.sample == stored.sample; });
      if (same != earlier.end()) stored.answer = std::move(same->answer);
    } else if (!is_kept_exactly(stored.answer)) {
      stored.answer = answer_from_json(Json::parse(text));
    }
  }
  if (completion.failure) {
    completion.failure->message = replace_invalid_utf8(completion.failure->message);
    completion.failure->raw = replace_invalid_utf8(completion.failure->raw);
    writer->add(completion.question, *completion.failure);
  }
  if (!cost_nothing(completion)) {
    writer->add(completion.question, StoredCall{completion.usage, completion.spending, std::nullopt});
  }
}

StoreJournal store_journal_from(std::string_view name) {
  if (name == "auto") return StoreJournal::automatic;
  if (name == "wal") return StoreJournal::write_ahead;
  if (name == "rollback") return StoreJournal::rollback;
  throw UsageError(fmt::format("store_journal: found '{}', expected auto, wal or rollback", name));
}

ResponseStore::ResponseStore(const std::filesystem::path& path, bool read_only, StoreJournal journal) {
  auto database = open_store_file(
      path, {.read_only = read_only, .journal = journal, .advice_if_missing = advice_to_replay});
  guarded(path, "the response store can't be opened", [&] {
    database->setBusyTimeout(run_busy_timeout_ms);
    state_ = std::make_unique<State>(path, std::move(database), read_only);
  });
}

ResponseStore::ResponseStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

ResponseStore::~ResponseStore() = default;

std::unique_ptr<ResponseStore> ResponseStore::second_reader() const {
  const std::filesystem::path& path = state_->path;
  auto database = open_store_file(path, {.read_only = true, .open_already = true});
  return guarded(path, "the response store can't be opened", [&] {
    database->setBusyTimeout(run_busy_timeout_ms);
    return std::unique_ptr<ResponseStore>(
        new ResponseStore(std::make_unique<State>(path, std::move(database), true)));
  });
}

std::vector<StoredAnswer> ResponseStore::answers(const Digest& question) const {
  return guarded(state_->path, reading, [&] {
    state_->lease.renew();
    return state_->answers.read(question);
  });
}

void ResponseStore::end_snapshot() const {
  guarded(state_->path, reading, [&] { state_->lease.end(); });
}

std::optional<Failure> ResponseStore::failure(const Digest& question) const {
  return guarded(state_->path, reading, [&]() -> std::optional<Failure> {
    state_->lease.end();
    StatementUse select(state_->failure);
    select.bind(1, question);
    if (!select->executeStep()) return std::nullopt;
    Failure failure;
    const std::string kind = select->getColumn(0).getString();
    const auto known = failure_kind_from(kind);
    if (!known) {
      throw RunError(
          fmt::format("{}: unknown kind of failure '{}' of question {}; the store was written by another "
                      "version of recon",
                      state_->path.string(), kind, question.hex()));
    }
    failure.kind = *known;
    failure.message = select->getColumn(1).getString();
    failure.raw = select->getColumn(2).getString();
    return failure;
  });
}

Usage ResponseStore::total_usage() const {
  return guarded(state_->path, reading, [&] {
    state_->lease.end();
    SQLite::Statement select(
        *state_->database,
        "SELECT total(prompt_tokens), total(cached), total(completion), total(reasoning) FROM calls");
    select.executeStep();
    return Usage{.prompt = select.getColumn(0).getInt64(),
                 .cached = select.getColumn(1).getInt64(),
                 .completion = select.getColumn(2).getInt64(),
                 .reasoning = select.getColumn(3).getInt64()};
  });
}

Spent ResponseStore::spent(const std::string& run) const {
  if (!state_->layout.spending) return {};
  return guarded(state_->path, reading, [&] {
    state_->lease.end();
    SQLite::Statement select(*state_->database, "SELECT usd, tokens FROM spending WHERE run = ?");
    select.bind(1, run);
    if (!select.executeStep()) return Spent{};
    return Spent{.usd = select.getColumn(0).getDouble(), .tokens = select.getColumn(1).getInt64()};
  });
}

std::vector<StoredQuestion> ResponseStore::questions_of(std::string_view record) const {
  return guarded(state_->path, reading, [&] {
    state_->lease.end();
    SQLite::Statement select(*state_->database,
                             "SELECT question, identity, purpose, seed, replicate, parts, "
                             "(SELECT count(*) FROM answers WHERE answers.question = questions.question), "
                             "(SELECT max(created) FROM answers WHERE answers.question = questions.question) "
                             "FROM questions WHERE record = ? ORDER BY purpose, question");
    select.bind(1, std::string(record));
    std::vector<StoredQuestion> found;
    while (select.executeStep()) {
      StoredQuestion question;
      question.digest = digest_from_column(select.getColumn(0));
      question.identity = select.getColumn(1).getString();
      question.purpose = select.getColumn(2).getString();
      question.seed = static_cast<std::uint64_t>(select.getColumn(3).getInt64());
      question.replicate = select.getColumn(4).getInt();
      question.record = record;
      question.parts = Json::parse(select.getColumn(5).getString(), nullptr, false);
      if (question.parts.is_discarded()) {
        throw RunError(
            fmt::format("{}: the stored parts of question {} are no JSON; the file is damaged: "
                        "restore a copy of the store",
                        state_->path.string(), question.digest.hex()));
      }
      question.answers = static_cast<std::size_t>(select.getColumn(6).getInt64());
      question.last_answer = select.getColumn(7).getString();
      found.push_back(std::move(question));
    }
    return found;
  });
}

std::optional<double> ResponseStore::mean_completion_tokens(std::string_view identity,
                                                            std::string_view purpose) const {
  auto& means = state_->mean_completion_tokens;
  if (!means) {
    means.emplace();
    guarded(state_->path, reading, [&] {
      state_->lease.end();
      SQLite::Statement select(
          *state_->database,
          fmt::format(mean_query, state_->layout.spending ? "WHERE NOT coalesce(assumed, 0)" : ""));
      while (select.executeStep()) {
        means->emplace(std::pair(select.getColumn(0).getString(), select.getColumn(1).getString()),
                       select.getColumn(2).getDouble() / select.getColumn(3).getDouble());
      }
    });
  }
  const auto found = means->find(std::pair(std::string(identity), std::string(purpose)));
  return found == means->end() ? std::nullopt : std::optional(found->second);
}

void ResponseStore::remember(const Digest& question, const QuestionKey& key, const std::string& record) {
  if (!state_->writer) return;
  // Who asks models also waits for them, and an open lease would keep the log from being emptied meanwhile.
  guarded(state_->path, reading, [&] { state_->lease.forgo(); });
  state_->remembered.push_back({.digest = question,
                                .identity = key.identity,
                                .purpose = key.purpose,
                                .record = record,
                                .parts = stored_text(key.parts()),
                                .seed = key.seed,
                                .replicate = key.replicate});
}

std::vector<StoredCompletion> ResponseStore::commit(std::vector<StoredCompletion> completions) {
  StoreWriter& writer = state_->writing();
  if (completions.empty() && state_->remembered.empty()) return completions;
  guarded(state_->path, writing_failed, [&] {
    state_->lease.end();
    SQLite::Transaction transaction(*state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    for (const StoreWriter::Question& question : state_->remembered) writer.add(question);
    for (StoredCompletion& completion : completions) {
      const auto waiting = state_->waiting.find(completion.question);
      if (waiting != state_->waiting.end()) writer.add(waiting->second);
      state_->write(completion);
    }
    transaction.commit();
  });
  for (StoreWriter::Question& question : std::exchange(state_->remembered, {}))
    state_->waiting.insert_or_assign(question.digest, std::move(question));
  for (const StoredCompletion& completion : completions) state_->waiting.erase(completion.question);
  state_->mean_completion_tokens.reset();
  return completions;
}

void ResponseStore::grant_retry(const Digest& question) { grant_retries({question}); }

void ResponseStore::grant_retries(const std::vector<Digest>& questions) {
  StoreWriter& writer = state_->writing();
  if (questions.empty()) return;
  guarded(state_->path, writing_failed, [&] {
    state_->lease.end();
    SQLite::Transaction transaction(*state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    for (const Digest& question : questions) writer.raise_retries(question);
    transaction.commit();
  });
  state_->has_retries = true;
}

int ResponseStore::retries(const Digest& question) const {
  if (!state_->has_retries) return 0;
  return guarded(state_->path, reading, [&] {
    state_->lease.end();
    StatementUse select(*state_->retries);
    select.bind(1, question);
    return select->executeStep() ? select->getColumn(0).getInt() : 0;
  });
}

}  // namespace recon
