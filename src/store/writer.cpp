#include "writer.hpp"

#include "recon/core/text.hpp"

#include "answer.hpp"
#include "database.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// The time given, else now.
std::string time_at(int parameter) { return fmt::format("coalesce(?{}, {})", parameter, sql_now); }

void bind_time(StatementUse& insert, int parameter, const StoredTime& time) {
  if (time) {
    insert->bind(parameter, *time);
  } else {
    insert->bind(parameter);
  }
}

}  // namespace

StoredCall call_from_row(SQLite::Statement& row, int first) {
  StoredCall call;
  call.usage = {.prompt = row.getColumn(first).getInt64(),
                .cached = row.getColumn(first + 1).getInt64(),
                .completion = row.getColumn(first + 2).getInt64(),
                .reasoning = row.getColumn(first + 3).getInt64()};
  call.created = row.getColumn(first + 4).getString();
  if (!row.getColumn(first + 5).isNull()) {
    call.spending = Spending{row.getColumn(first + 5).getString(), row.getColumn(first + 6).getString(),
                             row.getColumn(first + 7).getDouble(), row.getColumn(first + 8).getInt() != 0};
  }
  return call;
}

StoreWriter::StoreWriter(SQLite::Database& database)
    : question_(
          database,
          "INSERT OR IGNORE INTO questions(question, identity, purpose, seed, replicate, record, parts) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      answer_(database,
              fmt::format("INSERT OR IGNORE INTO answers(question, sample, answer, checksum, created) "
                          "VALUES (?1, ?2, ?3, ?4, {})",
                          time_at(5))),
      failure_(database, fmt::format("INSERT INTO failures(question, kind, message, raw, created) "
                                     "VALUES (?1, ?2, ?3, ?4, {})",
                                     time_at(5))),
      call_(database,
            fmt::format("INSERT INTO calls(question, prompt_tokens, cached, completion, reasoning, run, "
                        "model, usd, assumed, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, {})",
                        time_at(10))),
      spending_(database,
                "INSERT INTO spending(run, usd, tokens) VALUES (?, ?, ?) ON CONFLICT(run) DO UPDATE "
                "SET usd = usd + excluded.usd, tokens = tokens + excluded.tokens"),
      raise_(database,
             "INSERT INTO retries(question, granted) VALUES (?, 1) ON CONFLICT(question) DO UPDATE "
             "SET granted = granted + 1"),
      set_(database,
           "INSERT INTO retries(question, granted) VALUES (?, ?) ON CONFLICT(question) DO UPDATE "
           "SET granted = max(granted, excluded.granted)") {}

bool StoreWriter::add(const Question& question) {
  StatementUse insert(question_);
  insert.bind(1, question.digest);
  insert->bind(2, question.identity);
  insert->bind(3, question.purpose);
  insert->bind(4, static_cast<std::int64_t>(question.seed));
  insert->bind(5, question.replicate);
  insert->bind(6, question.record);
  insert->bind(7, question.parts);
  return insert->exec() > 0;
}

bool StoreWriter::add_answer(const Digest& question, std::int64_t sample, std::string_view text,
                             const StoredTime& created) {
  const AnswerChecksum checksum = answer_checksum(question, sample, text);
  StatementUse insert(answer_);
  insert.bind(1, question);
  insert->bind(2, sample);
  insert->bind(3, std::string(text));
  insert->bind(4, checksum.data(), static_cast<int>(checksum.size()));
  bind_time(insert, 5, created);
  return insert->exec() > 0;
}

void StoreWriter::add(const Digest& question, const Failure& failure, const StoredTime& created) {
  StatementUse insert(failure_);
  insert.bind(1, question);
  insert->bind(2, to_string(failure.kind));
  insert->bind(3, replace_invalid_utf8(failure.message));
  insert->bind(4, replace_invalid_utf8(failure.raw));
  bind_time(insert, 5, created);
  insert->exec();
}

void StoreWriter::add(const Digest& question, const StoredCall& call) {
  StatementUse insert(call_);
  insert.bind(1, question);
  insert->bind(2, call.usage.prompt);
  insert->bind(3, call.usage.cached);
  insert->bind(4, call.usage.completion);
  insert->bind(5, call.usage.reasoning);
  if (call.spending) {
    insert->bind(6, call.spending->run);
    insert->bind(7, call.spending->model);
    insert->bind(8, call.spending->usd);
    insert->bind(9, call.spending->assumed ? 1 : 0);
  } else {
    for (int parameter = 6; parameter <= 9; ++parameter) insert->bind(parameter);
  }
  bind_time(insert, 10, call.created);
  insert->exec();
  if (!call.spending) return;
  StatementUse total(spending_);
  total->bind(1, call.spending->run);
  total->bind(2, call.spending->usd);
  total->bind(3, call.usage.prompt + call.usage.completion);
  total->exec();
}

void StoreWriter::raise_retries(const Digest& question) {
  StatementUse raise(raise_);
  raise.bind(1, question);
  raise->exec();
}

void StoreWriter::set_retries(const Digest& question, int rounds) {
  StatementUse set(set_);
  set.bind(1, question);
  set->bind(2, rounds);
  set->exec();
}

}  // namespace recon
