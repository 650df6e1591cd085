// Export, import and merge: nothing lost, nothing doubled.

#include "recon/store/transfer.hpp"

#include "recon/core/files.hpp"

#include "store_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class StoreTransfer : public StoreFixture {
 protected:
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  /// Everything a store holds, as its export.
  std::string content(const std::filesystem::path& store) {
    const auto output = folder_ / "content.jsonl";
    static_cast<void>(export_store(store, output));
    return read_file(output);
  }

  /// Every kind of row there is.
  static void fill(const std::filesystem::path& path) {
    ResponseStore store(path, false);
    StoredCompletion mixed = paid(chat("q", 0, "text \n \"quoted\" \xc3\xa9"), "run", 0.1, 10, 3);
    mixed.answers.push_back({1, ScoreAnswer{-12.345678901234567, 17}});
    mixed.answers.push_back({2, EmbedAnswer{{0.1F, -2.5e-20F, 3.0F}}});
    ask(store, "q", "user/session/1", mixed);
    ask(store, "p", "user/session/2",
        paid(failed("p", Failure::Kind::timeout, "slow"), "run", 0.2, 5, 4, true));
    store.commit({failed("p", Failure::Kind::unusable, "no scores")});
    QuestionKey far = key_of("r");
    far.seed = 0xffffffffffffffffU;
    store.remember(far.digest(), far, "user/session/3");
    store.commit({});
    store.commit({paid(chat("without a question", 0, "a"), "other run", 1.0, 1, 1)});
    store.grant_retry(question("p"));
  }
};

TEST_F(StoreTransfer, ExportAndImportKeepEverything) {
  fill(path_);
  for (const char* name : {"all.jsonl", "all.jsonl.zst"}) {
    const StoreCounts counts = export_store(path_, file(name));
    EXPECT_EQ(counts, (StoreCounts{3, 4, 2, 3}));
    const auto copy = file(std::string(name) + ".sqlite");
    const StoreAddition addition = import_store(copy, file(name));
    EXPECT_EQ(addition.added, counts);
    EXPECT_EQ(addition.read, 4U);
    EXPECT_EQ(addition.differing, 0U);
    EXPECT_EQ(content(copy), content(path_));
    const ResponseStore store(copy, true);
    EXPECT_DOUBLE_EQ(store.spent("run").usd, 0.1 + 0.2);
    EXPECT_EQ(store.spent("run").tokens, 22);
    EXPECT_EQ(store.retries(question("p")), 1);
    EXPECT_EQ(store.failure(question("p"))->message, "no scores");
  }
}

TEST_F(StoreTransfer, AnImportTwiceChangesNothing) {
  fill(path_);
  static_cast<void>(export_store(path_, file("all.jsonl")));
  const std::string before = content(path_);
  const StoreAddition addition = import_store(path_, file("all.jsonl"));
  EXPECT_EQ(addition.added, StoreCounts{});
  EXPECT_EQ(addition.read, 4U);
  EXPECT_EQ(content(path_), before);
  EXPECT_EQ(ResponseStore(path_, true).spent("run").tokens, 22);
}

TEST_F(StoreTransfer, EqualCallsAreCountedNotMerged) {
  {
    ResponseStore store(path_, false);
    ask(store, "q", "record", paid(chat("q", 0, "a"), "run", 0.5, 1, 1));
  }
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec(
          "INSERT INTO calls(question, prompt_tokens, cached, completion, reasoning, created, run, model, "
          "usd, "
          "assumed) SELECT question, prompt_tokens, cached, completion, reasoning, created, run, model, usd, "
          "assumed FROM calls; UPDATE spending SET usd = 1.0, tokens = 4");
  static_cast<void>(export_store(path_, file("all.jsonl")));
  for (int time = 0; time < 2; ++time)
    static_cast<void>(import_store(file("copy.sqlite"), file("all.jsonl")));
  EXPECT_EQ(content(file("copy.sqlite")), content(path_));
  EXPECT_DOUBLE_EQ(ResponseStore(file("copy.sqlite"), true).spent("run").usd, 1.0);
}

TEST_F(StoreTransfer, AnOldStoreIsExportedAndImported) {
  make_old_store(path_);
  static_cast<void>(export_store(path_, file("all.jsonl")));
  static_cast<void>(import_store(file("copy.sqlite"), file("all.jsonl")));
  EXPECT_EQ(content(file("copy.sqlite")), content(path_));
  EXPECT_THAT(texts_of(ResponseStore(file("copy.sqlite"), true), "old"), ElementsAre("0 old 0"));
}

TEST_F(StoreTransfer, MergesWithoutLosingOrDoubling) {
  const auto into = file("into.sqlite"), from = file("from.sqlite");
  {
    ResponseStore store(into, false);
    ask(store, "only here", "r/1", paid(chat("only here", 0, "a"), "run", 0.5, 1, 1));
    ask(store, "both", "r/2", chat("both", 0, "mine"));
    ask(store, "same", "r/3", chat("same", 0, "same"));
  }
  {
    ResponseStore store(from, false);
    ask(store, "only there", "r/4", paid(chat("only there", 0, "b"), "run", 0.25, 1, 1));
    ask(store, "both", "r/2", chat("both", 0, "theirs"));
    store.commit({chat("both", 1, "more")});
    ask(store, "same", "r/3", chat("same", 0, "same"));
    store.grant_retry(question("both"));
  }
  const StoreAddition addition = merge_store(into, from);
  EXPECT_EQ(addition.added, (StoreCounts{1, 2, 0, 1}));
  EXPECT_EQ(addition.differing, 1U);
  EXPECT_EQ(count_store(into), (StoreCounts{4, 5, 0, 2}));
  const std::string merged = content(into);
  EXPECT_EQ(merge_store(into, from).added, StoreCounts{});
  EXPECT_EQ(content(into), merged);
  const ResponseStore store(into, true);
  EXPECT_THAT(texts_of(store, "both"), ElementsAre("0 mine", "1 more"));
  EXPECT_DOUBLE_EQ(store.spent("run").usd, 0.75);
  EXPECT_EQ(store.retries(question("both")), 1);
}

TEST_F(StoreTransfer, TheOrderOfMergesDoesNotMatter) {
  for (const char* name : {"a", "b"}) {
    ResponseStore store(file(name), false);
    ask(store, name, "r", paid(chat(name, 0, name), "run", 0.5, 1, 1));
    ask(store, "both", "r", failed("both", Failure::Kind::timeout, name));
  }
  for (const char* name : {"a", "b"}) static_cast<void>(merge_store(file("ab"), file(name)));
  for (const char* name : {"b", "a"}) static_cast<void>(merge_store(file("ba"), file(name)));
  EXPECT_EQ(content(file("ab")), content(file("ba")));
  EXPECT_EQ(ResponseStore(file("ab"), true).failure(question("both"))->message,
            ResponseStore(file("ba"), true).failure(question("both"))->message);
}

TEST_F(StoreTransfer, RefusesToMergeAStoreIntoItself) {
  fill(path_);
  EXPECT_THAT(error_of([&] { static_cast<void>(merge_store(path_, folder_ / "." / "responses.sqlite")); }),
              HasSubstr("into itself"));
}

TEST_F(StoreTransfer, RefusesMalformedLinesByTheirPlace) {
  fill(path_);
  static_cast<void>(export_store(path_, file("all.jsonl")));
  const std::string whole = read_file(file("all.jsonl"));
  const std::string first = whole.substr(0, whole.find('\n') + 1);
  const std::string second = whole.substr(first.size(), whole.find('\n', first.size()) - first.size());
  const auto replaced = [&](const std::string& what, const std::string& with) {
    std::string all = whole;
    const std::size_t at = all.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return all.replace(at, what.size(), with);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {first + second.substr(0, second.size() / 2), "all.jsonl:2: "},
      {first + "[]\n", "all.jsonl:2: "},
      {replaced("\"sample\":0", "\"sample\":-1"), "sample"},
      {replaced("\"sample\":0", "\"samples\":0"), "unknown field 'samples'"},
      {replaced("\"retries\":", "\"retry\":"), "unknown field 'retry'"},
      {replaced("\"question\":\"", "\"question\":\"x"), "is no digest"},
      {replaced("\"kind\":\"timeout\"", "\"kind\":\"tired\""), "tired"},
      {replaced("\"finish\":\"stop\"", "\"finish\":\"later\""), "later"},
      {replaced("\"usd\":0.1", "\"usd\":\"0.1\""), "usd"},
      {replaced("\"created\":\"2", "\"created\":\"yesterday 2"), "yesterday"},
  };
  for (const auto& [text, message] : cases) {
    write_file(file("all.jsonl"), text);
    EXPECT_THAT(error_of([&] { static_cast<void>(import_store(file("copy.sqlite"), file("all.jsonl"))); }),
                AllOf(HasSubstr("all.jsonl:"), HasSubstr(message)));
  }
  const bool is_there = std::filesystem::exists(file("copy.sqlite"));
  EXPECT_EQ(is_there ? count_store(file("copy.sqlite")) : StoreCounts{}, StoreCounts{})
      << "what was read before was not committed yet";
}

TEST_F(StoreTransfer, NeverExportsADamagedAnswer) {
  fill(path_);
  std::string bytes = read_file(path_);
  const std::size_t at = bytes.find("quoted");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'Q';
  write_file(path_, bytes);
  EXPECT_THAT(error_of([&] { static_cast<void>(export_store(path_, file("all.jsonl"))); }),
              HasSubstr(question("q").hex()));
  EXPECT_FALSE(std::filesystem::exists(file("all.jsonl")));
}

}  // namespace
}  // namespace recon
