#pragma once

#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/store/store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

/// The time of a statement as the store writes it.
inline constexpr const char* sql_now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// What to do about an error of SQLite, by its extended code; begins with "; ".
[[nodiscard]] std::string store_advice(int extended_code);

/// Throws RunError with the file's name, the error and what to do.
[[noreturn]] void throw_store_error(const std::filesystem::path& path, std::string_view what,
                                    const SQLite::Exception& error);

/// Runs `work`, turning errors of the database into RunError with the file's name.
template <class Work>
auto guarded(const std::filesystem::path& path, std::string_view what, const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    throw_store_error(path, what, error);
  }
}

/// A cached statement in use: reset at the end, since an open SELECT would keep an old snapshot of the file.
class StatementUse {
 public:
  explicit StatementUse(SQLite::Statement& statement) : statement_(statement) {}
  ~StatementUse() {
    statement_.tryReset();  // repeats the error that the step has thrown already
  }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;
  SQLite::Statement* operator->() { return &statement_; }

  void bind(int index, const Digest& digest) {
    statement_.bind(index, digest.bytes().data(), static_cast<int>(digest.bytes().size()));
  }

 private:
  SQLite::Statement& statement_;
};

/// A digest of a column, or RunError for a blob of another length.
[[nodiscard]] Digest digest_from_column(const SQLite::Column& column);

/// How a store is opened.
struct StoreOpening {
  bool read_only = false;
  StoreJournal journal = StoreJournal::automatic;
  bool check_whole = true;  ///< files that are small enough for it
  /// The process has the file open already: what was checked then is not checked again, and it is not taken
  /// for a file that nobody changes.
  bool open_already = false;
  /// What to do about a missing store that is to be read; follows "no response store there".
  std::string_view advice_if_missing = ": check the path";
};

/// Opens a store, checked; for writing also created, brought to the present tables and set to its journal.
/// Throws RunError as ResponseStore's constructor does.
[[nodiscard]] std::unique_ptr<SQLite::Database> open_store_file(const std::filesystem::path& path,
                                                                const StoreOpening& opening);

/// What an open store has; one that an older program wrote and that is open for reading lacks some.
struct StoreLayout {
  bool checksums = false;  ///< of answers
  bool spending = false;   ///< run, model, dollars of calls, and the totals of runs
  bool retries = false;
  /// The highest row id of answers without a checksum; of those behind it every one has its checksum.
  std::int64_t unchecked_answers = 0;
};
[[nodiscard]] StoreLayout layout_of(SQLite::Database& database);

}  // namespace recon
