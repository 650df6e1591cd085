#include "database.hpp"

#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

#include "file_system.hpp"
#include "schema.hpp"
#include "write_ahead_log.hpp"
#include <fmt/format.h>
#include <sqlite3.h>

namespace recon {
namespace {

constexpr int busy_timeout_ms = 30'000;
/// Others of the same run may be opening the store just now; one that works with it stays longer.
constexpr std::chrono::milliseconds conversion_timeout{500};
/// Larger files are not checked as a whole on opening: it would take seconds.
constexpr std::uintmax_t whole_check_limit = 64U << 20U;
/// Of the page cache, in KiB: the index of a million answers and what is read around it. A run has two.
constexpr int cache_kib = 64 * 1024;

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

/// Errors of a medium that does not give locks or shared memory.
bool is_locking_error(int extended_code) {
  switch (extended_code) {
    case SQLITE_PROTOCOL:
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_RDLOCK:
    case SQLITE_IOERR_UNLOCK:
    case SQLITE_IOERR_BLOCKED:
    case SQLITE_IOERR_CHECKRESERVEDLOCK:
    case SQLITE_IOERR_SHMLOCK:
    case SQLITE_IOERR_SHMMAP:
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMSIZE:
      return true;
    default:
      return false;
  }
}

std::unique_ptr<SQLite::Database> open_read_only(const std::filesystem::path& path, bool open_already) {
  auto database = std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READONLY, busy_timeout_ms);
  try {
    read_number(*database, "SELECT count(*) FROM sqlite_master");  // the first read needs the write-ahead log
    return database;
  } catch (const SQLite::Exception& error) {
    if (open_already) throw;
    const int code = error.getErrorCode() & 0xff;
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY && !is_locking_error(error.getExtendedErrorCode()))
      throw;
    std::error_code no_journal;
    const auto journal_size = std::filesystem::file_size(path.string() + "-journal", no_journal);
    if (!no_journal && journal_size > 0) {
      throw RunError(fmt::format("{}: the response store can't be read{}", path.string(),
                                 store_advice(SQLITE_READONLY_ROLLBACK)));
    }
    std::error_code ignored;
    const auto log_size = std::filesystem::file_size(path.string() + "-wal", ignored);
    if (!ignored && log_size > 0) throw;  // answers in the log would be overlooked
  }
  return std::make_unique<SQLite::Database>(immutable_uri(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                            busy_timeout_ms);
}

/// Tries to change the journal until `patience` is over, since SQLite does not wait for other processes by
/// itself here. Returns whether it is so now.
bool change_journal(SQLite::Database& database, std::string_view mode, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  const std::string change = fmt::format("PRAGMA journal_mode = {}", mode);
  while (true) {
    try {
      return database.execAndGet(change).getString() == mode;
    } catch (const SQLite::Exception& error) {
      if ((error.getErrorCode() & 0xff) != SQLITE_BUSY) throw;
    }
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// `is_new`: without tables yet.
void set_journal(SQLite::Database& database, const std::filesystem::path& path, StoreJournal journal,
                 bool is_new) {
  // Somebody took the rollback journal for a store that has one, perhaps because of what lies below it.
  if (journal == StoreJournal::automatic && !is_new &&
      database.execAndGet("PRAGMA journal_mode").getString() != "wal")
    return;
  const auto network =
      journal == StoreJournal::automatic ? network_file_system_of(path) : std::optional<std::string_view>();
  if (journal == StoreJournal::rollback || network) {
    if (change_journal(database, "delete", conversion_timeout)) return;
    throw LockedError(fmt::format(
        "{}: another process uses the response store with a write-ahead log, which {}; end that process and "
        "run again",
        path.string(),
        network ? fmt::format("is not safe on this file system ({})", *network)
                : std::string("can't be changed to a rollback journal meanwhile")));
  }
  if (!change_journal(database, "wal", std::chrono::milliseconds(busy_timeout_ms))) {
    throw LockedError(
        fmt::format("{}: the response store can't be given a write-ahead log: another process has kept it "
                    "locked for {} s, or its medium has no shared memory; wait and run again, or set "
                    "`store_journal: rollback`",
                    path.string(), busy_timeout_ms / 1000));
  }
}

void check_format(SQLite::Database& database, const std::filesystem::path& path) {
  const auto id = read_number(database, "PRAGMA application_id");
  if (id != store_application_id) {
    throw RunError(fmt::format(
        "{}: not a response store (application id {:#x} instead of {:#x}); name another file with "
        "`store:` or move this one away",
        path.string(), id, store_application_id));
  }
  const auto version = read_number(database, "PRAGMA user_version");
  if (version != store_format_version) {
    throw RunError(
        fmt::format("{}: the response store has format {}, this program knows format {}; use the version of "
                    "recon that wrote it, or another store",
                    path.string(), version, store_format_version));
  }
}

void check_whole(SQLite::Database& database, const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size >= whole_check_limit) return;
  // Not quick_check: an answer that its index does not lead to would look like one never asked for.
  const std::string found = database.execAndGet("PRAGMA integrity_check(1)").getString();
  if (found == "ok") return;
  throw RunError(
      fmt::format("{}: the response store is damaged ({}): restore a copy, save what is readable with "
                  "`sqlite3 FILE .recover`, or move it away to ask everything again",
                  path.string(), found));
}

void set_reading(SQLite::Database& database) {
  database.exec(fmt::format("PRAGMA cache_size = -{}", cache_kib));
}

std::unique_ptr<SQLite::Database> open_read_write(const std::filesystem::path& path,
                                                  const StoreOpening& opening) {
  auto database = std::make_unique<SQLite::Database>(
      path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms);
  set_reading(*database);
  // A foreign database must not even be switched to write-ahead logging.
  const bool empty = read_number(*database, "PRAGMA application_id") == 0 &&
                     read_number(*database, "SELECT count(*) FROM sqlite_master") == 0;
  if (!empty) check_format(*database, path);
  if (!empty && opening.check_whole) check_whole(*database, path);
  set_journal(*database, path, opening.journal, empty);
  database->exec("PRAGMA synchronous = FULL");
  make_or_extend_schema(*database);
  return database;
}

/// SQLite takes an empty file for a new database and removes its log.
void check_not_emptied(const std::filesystem::path& path) {
  std::error_code error, log_error;
  const auto size = std::filesystem::file_size(path, error);
  const auto log_size = std::filesystem::file_size(path.string() + "-wal", log_error);
  if (error || log_error || size > 0 || log_size == 0) return;
  throw RunError(
      fmt::format("{}: the file of the response store is empty, but its log {}-wal is not: restore a copy of "
                  "both, or move both away to ask everything again",
                  path.string(), path.string()));
}

void prepare_place(const std::filesystem::path& path, const StoreOpening& opening) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    throw RunError(fmt::format("{}: is a folder, expected the file of a response store", path.string()));
  }
  if (opening.read_only && !std::filesystem::exists(status))
    throw RunError(fmt::format("{}: no response store there{}", path.string(), opening.advice_if_missing));
  if (!opening.read_only && path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
      throw RunError(fmt::format("{}: the store's folder can't be made: {}", path.string(), error.message()));
    }
  }
}

}  // namespace

std::string store_advice(int extended_code) {
  constexpr const char* damaged =
      "; the file is damaged: restore a copy, save what is readable with `sqlite3 FILE .recover`, or move it "
      "away to ask everything again";
  if (is_locking_error(extended_code)) {
    return "; this file system has no file locks as SQLite needs them: put the store on a local disk with "
           "`store:`";
  }
  if (extended_code == SQLITE_READONLY_ROLLBACK) {
    return "; a commit was broken off, and what it left has to be taken back first: let a command open the "
           "store for writing once (a run without --replay, say), then run again";
  }
  switch (extended_code & 0xff) {
    case SQLITE_NOTADB:
      return "; this is no response store: name another file with `store:` or move this one away";
    case SQLITE_CORRUPT:
      return damaged;
    case SQLITE_FULL:
      return "; what was stored before stays: free some space and run again";
    case SQLITE_IOERR:
      if (extended_code == SQLITE_IOERR_SHORT_READ) return damaged;
      return "; what was stored before stays: check the disk, its quota and its mount, free some space and "
             "run again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another process keeps the store locked: wait for it to end and run again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "; the file or its folder is not writable: change that, or replay with --replay";
    case SQLITE_CANTOPEN:
      return "; check that the path is right and that the file and its folder are accessible";
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return "; the store's tables are not as this program makes them: if no other program changed them, the "
             "file is damaged: restore a copy, or move it away to ask everything again";
    default:
      return "; run again, and restore a copy of the store if it comes again";
  }
}

void throw_store_error(const std::filesystem::path& path, std::string_view what,
                       const SQLite::Exception& error) {
  const std::string message = fmt::format("{}: {}: {}{}", path.string(), what, error.what(),
                                          store_advice(error.getExtendedErrorCode()));
  const int code = error.getErrorCode() & 0xff;
  const bool is_locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  if (is_locked && !is_locking_error(error.getExtendedErrorCode())) throw LockedError(message);
  throw RunError(message);
}

Digest digest_from_column(const SQLite::Column& column) {
  std::array<std::uint8_t, 32> bytes{};
  if (column.getBytes() != static_cast<int>(bytes.size())) {
    throw RunError(
        fmt::format("a question's digest of {} bytes in the response store, expected {}; the file "
                    "is damaged: restore a copy",
                    column.getBytes(), bytes.size()));
  }
  std::memcpy(bytes.data(), column.getBlob(), bytes.size());
  return Digest(bytes);
}

std::unique_ptr<SQLite::Database> open_store_file(const std::filesystem::path& path,
                                                  const StoreOpening& opening) {
  prepare_place(path, opening);
  if (!opening.open_already) {
    check_not_emptied(path);
    check_store_log(path);
  }
  return guarded(path, "the response store can't be opened", [&] {
    if (!opening.read_only) return open_read_write(path, opening);
    auto database = open_read_only(path, opening.open_already);
    set_reading(*database);
    check_format(*database, path);
    if (opening.check_whole && !opening.open_already) check_whole(*database, path);
    return database;
  });
}

StoreLayout layout_of(SQLite::Database& database) {
  const auto has = [&](const char* query) { return read_number(database, query) > 0; };
  StoreLayout layout;
  layout.checksums = has("SELECT count(*) FROM pragma_table_info('answers') WHERE name = 'checksum'");
  layout.spending = has("SELECT count(*) FROM sqlite_master WHERE name = 'spending'");
  layout.retries = has("SELECT count(*) FROM sqlite_master WHERE name = 'retries'");
  if (layout.checksums) {
    layout.unchecked_answers =
        read_number(database, "SELECT coalesce(max(value), 0) FROM facts WHERE name = 'unchecked_answers'");
  }
  return layout;
}

}  // namespace recon
