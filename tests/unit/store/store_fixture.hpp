#pragma once

#include "recon/core/error.hpp"
#include "recon/store/store.hpp"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace recon {

/// A test with a folder and the path of a store in it.
class StoreFixture : public testing::Test {
 protected:
  StoreFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "recon-store-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw RunError("mkdtemp failed");
    folder_ = pattern;
    path_ = folder_ / "responses.sqlite";
  }
  ~StoreFixture() override {
    std::error_code ignored;
    ::chmod(folder_.c_str(), 0700);
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path folder_, path_;
};

inline QuestionKey key_of(const std::string& text, const std::string& purpose = "candidates") {
  QuestionKey key;
  key.identity = "server model";
  key.purpose = purpose;
  key.seed = 42;
  key.request = Json{{"messages", text}, {"sampling", {{"temperature", 1.0}}}};
  return key;
}

inline Digest question(const std::string& text) { return key_of(text).digest(); }

inline StoredCompletion chat(const std::string& text, int sample, const std::string& reply) {
  StoredCompletion completion;
  completion.question = question(text);
  completion.answers.push_back({sample, ChatAnswer{reply, "", Finish::stop}});
  return completion;
}

/// The same with what it cost.
inline StoredCompletion paid(StoredCompletion completion, const std::string& run, double usd,
                             std::int64_t prompt, std::int64_t reply, bool assumed = false) {
  completion.usage.prompt = prompt;
  completion.usage.completion = reply;
  completion.spending = Spending{run, "writer", usd, assumed};
  return completion;
}

inline StoredCompletion failed(const std::string& text, Failure::Kind kind, const std::string& message) {
  StoredCompletion completion;
  completion.question = question(text);
  completion.failure = Failure{kind, message, "raw \xff reply"};
  return completion;
}

/// Remembers the question and stores the completion.
inline void ask(ResponseStore& store, const std::string& text, const std::string& record,
                StoredCompletion completion) {
  store.remember(question(text), key_of(text), record);
  store.commit({std::move(completion)});
}

inline std::vector<std::string> texts_of(const ResponseStore& store, const std::string& text) {
  std::vector<std::string> texts;
  for (const StoredAnswer& stored : store.answers(question(text))) {
    texts.push_back(std::to_string(stored.sample) + " " + std::get<ChatAnswer>(stored.answer).text);
  }
  return texts;
}

inline std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// A store as the first version of the program made it, with one answer "old 0" to the question "old".
inline void make_old_store(const std::filesystem::path& path) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(R"sql(
PRAGMA application_id = 0x5265634e;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
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
)sql");
  const auto insert = [&](const char* text) {
    SQLite::Statement statement(database, text);
    const Digest digest = question("old");
    statement.bind(1, digest.bytes().data(), 32);
    statement.exec();
  };
  insert("INSERT INTO questions VALUES (?, 'server model', 'candidates', 42, 0, 'user/session/1', '{}')");
  insert(
      "INSERT INTO answers VALUES (?, 0, '{\"kind\":\"chat\",\"text\":\"old 0\",\"reasoning\":\"\","
      "\"finish\":\"stop\"}', '2026-01-02T03:04:05.678Z')");
  insert(
      "INSERT INTO calls(question, prompt_tokens, cached, completion, reasoning, created) "
      "VALUES (?, 100, 0, 10, 0, '2026-01-02T03:04:05.678Z')");
}

}  // namespace recon
