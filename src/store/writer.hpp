#pragma once

#include "recon/store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include <SQLiteCpp/SQLiteCpp.h>

namespace recon {

/// When things came that are stored with their time; nothing = now.
using StoredTime = std::optional<std::string>;

/// A row of `calls`.
struct StoredCall {
  Usage usage;
  std::optional<Spending> spending;  ///< absent in rows of before spending was stored
  StoredTime created;
  /// Of equal calls; nothing tells them apart.
  [[nodiscard]] auto key() const {
    const Spending paid = spending.value_or(Spending{});
    return std::make_tuple(created.value_or(std::string()), usage.prompt, usage.cached, usage.completion,
                           usage.reasoning, spending.has_value(), paid.run, paid.model, paid.usd,
                           paid.assumed);
  }
};

/// A call from columns that begin at `first`: prompt_tokens, cached, completion, reasoning, created, run,
/// model, usd, assumed.
[[nodiscard]] StoredCall call_from_row(SQLite::Statement& row, int first);

/// The one way to write rows. To be used inside a transaction.
class StoreWriter {
 public:
  explicit StoreWriter(SQLite::Database& database);

  struct Question {
    Digest digest;
    std::string identity, purpose, record, parts;
    std::uint64_t seed = 0;
    int replicate = 0;
  };
  /// Returns whether it was new.
  bool add(const Question& question);
  /// Returns whether it was new; an answer already there stays as it is.
  bool add_answer(const Digest& question, std::int64_t sample, std::string_view text,
                  const StoredTime& created = {});
  void add(const Digest& question, const Failure& failure, const StoredTime& created = {});
  /// Adds to the total of the call's run too.
  void add(const Digest& question, const StoredCall& call);
  /// One more round.
  void raise_retries(const Digest& question);
  /// At least so many.
  void set_retries(const Digest& question, int rounds);

 private:
  SQLite::Statement question_, answer_, failure_, call_, spending_, raise_, set_;
};

}  // namespace recon
