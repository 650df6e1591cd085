#include "recon/model/store.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <array>
#include <chrono>
#include <string_view>
#include <system_error>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace recon {
namespace {

constexpr int application_id = 0x5265634e;  // "RecN"
constexpr int format_version = 1;
constexpr int busy_timeout_ms = 30'000;
/// Larger files are not checked as a whole on opening: it would take seconds.
constexpr std::uintmax_t quick_check_limit = 64U << 20U;

constexpr const char* schema = R"sql(
CREATE TABLE questions(
  question BLOB NOT NULL PRIMARY KEY, identity TEXT NOT NULL, purpose TEXT NOT NULL, seed INTEGER NOT NULL,
  replicate INTEGER NOT NULL, record TEXT NOT NULL, parts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE answers(
  question BLOB NOT NULL, sample INTEGER NOT NULL, answer TEXT NOT NULL, created TEXT NOT NULL,
  UNIQUE(question, sample));
CREATE TABLE failures(
  id INTEGER PRIMARY KEY AUTOINCREMENT, question BLOB NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
  raw TEXT NOT NULL, created TEXT NOT NULL);
CREATE INDEX failures_by_question ON failures(question, id);
CREATE TABLE calls(
  id INTEGER PRIMARY KEY AUTOINCREMENT, question BLOB NOT NULL, prompt_tokens INTEGER NOT NULL,
  cached INTEGER NOT NULL, completion INTEGER NOT NULL, reasoning INTEGER NOT NULL, created TEXT NOT NULL);
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_remain BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
)sql";

constexpr const char* now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what,
                       const SQLite::Exception& error) {
  const auto throw_error = [&](std::string_view advice) {
    throw RunError(fmt::format("{}: {}: {}{}", path.string(), what, error.what(), advice));
  };
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_NOTADB:
      throw_error("; this is no response store: name another file with `store:` or move this one away");
      break;
    case SQLITE_CORRUPT:
      throw_error(
          "; the file is damaged: restore a copy, save what is readable with `sqlite3 FILE .recover`, or "
          "move it "
          "away to ask everything again");
      break;
    case SQLITE_FULL:
      throw_error("; what was stored before stays: free some space and run again");
      break;
    case SQLITE_IOERR:
      throw_error("; what was stored before stays: check the disk, its quota and its mount, and run again");
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw_error(
          fmt::format("; another process has kept the store locked for {} s: wait for it and run again",
                      busy_timeout_ms / 1000));
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw_error("; the file or its folder is not writable: change that, or replay with --replay");
      break;
    case SQLITE_CANTOPEN:
      throw_error("; check that the path is right and that the file and its folder are accessible");
      break;
    default:
      throw_error("");
  }
  throw RunError(error.what());  // not reached
}

/// Runs `work`, turning errors of the database into RunError with the file's name.
template <class Work>
auto guarded(const std::filesystem::path& path, std::string_view what, const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    fail(path, what, error);
  }
}

/// A cached statement in use: reset at the end, since an open SELECT would keep an old snapshot of the file.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() {
    statement_.tryReset();  // repeats the error that the step has thrown already
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  SQLite::Statement* operator->() { return &statement_; }

  void bind(int index, const Digest& digest) {
    statement_.bind(index, digest.bytes().data(), static_cast<int>(digest.bytes().size()));
  }

 private:
  SQLite::Statement& statement_;
};

/// `file:` URI of a path that nobody can change while it is read: for media where not even locks can be
/// written.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char byte : std::filesystem::absolute(path).string()) {
    const auto code = static_cast<unsigned char>(byte);
    const bool plain = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
                       (code >= 'a' && code <= 'z') || byte == '/' || byte == '.' || byte == '-' ||
                       byte == '_';
    uri += plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned>(code));
  }
  return uri + "?immutable=1";
}

std::int64_t read_number(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt64();
}

std::unique_ptr<SQLite::Database> open_read_only(const std::filesystem::path& path) {
  auto database = std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY, busy_timeout_ms);
  try {
    read_number(*database, "SELECT count(*) FROM sqlite_master");  // the first read needs the write-ahead log
    return database;
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xff;
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY) throw;
    std::error_code ignored;
    const auto log_size = std::filesystem::file_size(path.string() + "-wal", ignored);
    if (!ignored && log_size > 0) throw;  // answers in the log would be overlooked
  }
  return std::make_unique<SQLite::Database>(immutable_uri(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                            busy_timeout_ms);
}

/// The change to write-ahead logging does not wait for other processes by itself.
void use_write_ahead_log(SQLite::Database& database) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_timeout_ms);
  while (true) {
    try {
      database.execAndGet("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& error) {
      if ((error.getErrorCode() & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= end) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

void check_format(SQLite::Database& database, const std::filesystem::path& path) {
  const auto id = read_number(database, "PRAGMA application_id");
  if (id != application_id) {
    throw RunError(fmt::format(
        "{}: not a response store (application id {:#x} instead of {:#x}); name another file with "
        "`store:` or move this one away",
        path.string(), id, application_id));
  }
  const auto version = read_number(database, "PRAGMA user_version");
  if (version != format_version) {
    throw RunError(
        fmt::format("{}: the response store has format {}, this program knows format {}; use the version of "
                    "recon that wrote it, or another store",
                    path.string(), version, format_version));
  }
}

void check_whole(SQLite::Database& database, const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size >= quick_check_limit) return;
  const std::string found = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (found == "ok") return;
  throw RunError(
      fmt::format("{}: the response store is damaged ({}): restore a copy, save what is readable with "
                  "`sqlite3 FILE .recover`, or move it away to ask everything again",
                  path.string(), found));
}

std::unique_ptr<SQLite::Database> open_read_write(const std::filesystem::path& path) {
  auto database = std::make_unique<SQLite::Database>(
      path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms);
  // A foreign database must not even be switched to write-ahead logging.
  const bool empty = read_number(*database, "PRAGMA application_id") == 0 &&
                     read_number(*database, "SELECT count(*) FROM sqlite_master") == 0;
  if (!empty) check_format(*database, path);
  use_write_ahead_log(*database);
  database->exec("PRAGMA synchronous = FULL");
  if (empty) {
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    if (read_number(*database, "PRAGMA application_id") == 0) {  // else another process was faster
      database->exec(schema);
      database->exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id,
                                 format_version));
    }
    transaction.commit();
  }
  return database;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, nlohmann::detail::error_handler_t::replace);
}

}  // namespace

Digest QuestionKey::digest() const {
  DigestBuilder builder;
  builder.field("recon question 1");  // changes with the meaning of a key
  builder.field(identity).field(purpose).number(seed).number(static_cast<std::uint64_t>(replicate));
  builder.field(canonical_json(request));
  return builder.finish();
}

struct ResponseStore::State {
  struct Question {
    Digest digest;
    std::string identity, purpose, record, parts;
    std::uint64_t seed = 0;
    int replicate = 0;
  };

  /// Statements that write; absent in a read-only store.
  struct Writing {
    explicit Writing(SQLite::Database& database)
        : question(database, "INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?, ?, ?, ?)"),
          answer(database, fmt::format("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, {})", now)),
          failure(database, fmt::format("INSERT INTO failures(question, kind, message, raw, created) "
                                        "VALUES (?, ?, ?, ?, {})",
                                        now)),
          call(database,
               fmt::format(
                   "INSERT INTO calls(question, prompt_tokens, cached, completion, reasoning, created) "
                   "VALUES (?, ?, ?, ?, ?, {})",
                   now)) {}
    SQLite::Statement question, answer, failure, call;
  };

  State(std::filesystem::path file, std::unique_ptr<SQLite::Database> opened, bool read_only)
      : path(std::move(file)),
        database(std::move(opened)),
        answers(*database, "SELECT sample, answer FROM answers WHERE question = ? ORDER BY sample"),
        failure(*database,
                "SELECT kind, message, raw FROM failures WHERE question = ? ORDER BY id DESC LIMIT 1") {
    if (!read_only) writing.emplace(*database);
  }

  std::filesystem::path path;
  std::unique_ptr<SQLite::Database> database;
  SQLite::Statement answers, failure;
  std::optional<Writing> writing;
  std::vector<Question> remembered;

  void write(const Question& question) {
    Use insert(writing->question);
    insert.bind(1, question.digest);
    insert->bind(2, question.identity);
    insert->bind(3, question.purpose);
    insert->bind(4, static_cast<std::int64_t>(question.seed));
    insert->bind(5, question.replicate);
    insert->bind(6, question.record);
    insert->bind(7, question.parts);
    insert->exec();
  }

  void write(const StoredCompletion& completion) {
    for (const StoredAnswer& answer : completion.answers) {
      Use insert(writing->answer);
      insert.bind(1, completion.question);
      insert->bind(2, answer.sample);
      insert->bind(3, dump(answer_to_json(answer.answer)));
      insert->exec();
    }
    if (completion.failure) {
      Use insert(writing->failure);
      insert.bind(1, completion.question);
      insert->bind(2, to_string(completion.failure->kind));
      insert->bind(3, replace_invalid_utf8(completion.failure->message));
      insert->bind(4, replace_invalid_utf8(completion.failure->raw));
      insert->exec();
    }
    const Usage& usage = completion.usage;
    if (usage.prompt == 0 && usage.cached == 0 && usage.completion == 0 && usage.reasoning == 0) return;
    Use insert(writing->call);
    insert.bind(1, completion.question);
    insert->bind(2, usage.prompt);
    insert->bind(3, usage.cached);
    insert->bind(4, usage.completion);
    insert->bind(5, usage.reasoning);
    insert->exec();
  }
};

ResponseStore::ResponseStore(const std::filesystem::path& path, bool read_only) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    throw RunError(fmt::format("{}: is a folder, expected the file of a response store", path.string()));
  }
  if (read_only && !std::filesystem::exists(status)) {
    throw RunError(
        fmt::format("{}: no response store there; nothing can be replayed without one: run without --replay "
                    "first, or name the store with `store:`",
                    path.string()));
  }
  if (!read_only && path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      throw RunError(fmt::format("{}: the store's folder can't be made: {}", path.string(), error.message()));
    }
  }
  guarded(path, "the response store can't be opened", [&] {
    auto database = read_only ? open_read_only(path) : open_read_write(path);
    check_format(*database, path);
    check_whole(*database, path);
    state_ = std::make_unique<State>(path, std::move(database), read_only);
  });
}

ResponseStore::~ResponseStore() = default;

std::vector<StoredAnswer> ResponseStore::answers(const Digest& question) const {
  return guarded(state_->path, "reading from the response store failed", [&] {
    std::vector<StoredAnswer> found;
    Use select(state_->answers);
    select.bind(1, question);
    while (select->executeStep()) {
      StoredAnswer stored;
      stored.sample = select->getColumn(0).getInt();
      try {
        stored.answer = answer_from_json(Json::parse(select->getColumn(1).getString()));
      } catch (const std::exception& error) {
        throw RunError(fmt::format(
            "{}: the stored answer {} of question {} can't be read: {}; restore a copy of the store",
            state_->path.string(), stored.sample, question.hex(), error.what()));
      }
      found.push_back(std::move(stored));
    }
    return found;
  });
}

std::optional<Failure> ResponseStore::failure(const Digest& question) const {
  return guarded(state_->path, "reading from the response store failed", [&]() -> std::optional<Failure> {
    Use select(state_->failure);
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
  return guarded(state_->path, "reading from the response store failed", [&] {
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

void ResponseStore::remember(const Digest& question, const QuestionKey& key, const std::string& record) {
  if (!state_->writing) return;
  Json parts = Json::object();
  for (const auto& [name, value] : key.request.items()) parts[name] = digest_of(canonical_json(value)).hex();
  state_->remembered.push_back({.digest = question,
                                .identity = key.identity,
                                .purpose = key.purpose,
                                .record = record,
                                .parts = dump(parts),
                                .seed = key.seed,
                                .replicate = key.replicate});
}

void ResponseStore::commit(const std::vector<StoredCompletion>& completions) {
  if (!state_->writing) {
    throw RunError(fmt::format("{}: the response store was opened for reading only", state_->path.string()));
  }
  if (completions.empty() && state_->remembered.empty()) return;
  guarded(state_->path, "writing to the response store failed", [&] {
    SQLite::Transaction transaction(*state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    for (const State::Question& question : state_->remembered) state_->write(question);
    for (const StoredCompletion& completion : completions) state_->write(completion);
    transaction.commit();
  });
  state_->remembered.clear();
}

}  // namespace recon
