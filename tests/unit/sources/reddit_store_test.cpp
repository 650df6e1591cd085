#include "recon/core/error.hpp"

#include <string>
#include <vector>

#include "reddit/store.hpp"
#include <gtest/gtest.h>

namespace recon {
namespace {

/// Entries of several posts in mixed order, given back post by post.
void check_order(std::size_t entries_in_memory) {
  constexpr std::uint32_t posts = 7;
  constexpr std::size_t count = 5000;
  RedditStore store(entries_in_memory);
  for (std::size_t i = 0; i < count; ++i) {
    ThreadEntry entry;
    entry.post = static_cast<std::uint32_t>(i * 5 % posts);
    entry.name.id = i * 7919 % 1009;  // names repeat
    store.add(entry, {"author" + std::to_string(i), i % 3 == 0 ? "title" : "", std::string(i % 50, 't')});
  }
  std::size_t seen = 0;
  for (std::uint32_t post = 0; post < posts; ++post) {
    const auto entries = store.next_post();
    ASSERT_FALSE(entries.empty());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      ASSERT_EQ(entries[i].post, post);
      if (i > 0) {
        ASSERT_TRUE(comes_before(entries[i - 1], entries[i]));
      }
      const std::size_t sequence = entries[i].sequence;
      ASSERT_EQ(entries[i].name.id, sequence * 7919 % 1009);
      const StoredTexts texts = store.texts(entries[i]);
      ASSERT_EQ(texts.author, "author" + std::to_string(sequence));
      ASSERT_EQ(texts.title, sequence % 3 == 0 ? "title" : "");
      ASSERT_EQ(texts.text, std::string(sequence % 50, 't'));
    }
    seen += entries.size();
  }
  EXPECT_EQ(seen, count);
  EXPECT_TRUE(store.next_post().empty());
  EXPECT_TRUE(store.next_post().empty());
}
TEST(RedditStore, GivesPostAfterPostFromMemory) { check_order(1U << 18U); }
TEST(RedditStore, GivesPostAfterPostFromManyRuns) { check_order(64); }
TEST(RedditStore, GivesPostAfterPostFromRunsWithoutARest) { check_order(1000); }
TEST(RedditStore, RunsMayHoldOneEntry) { check_order(1); }

TEST(RedditStore, WithoutEntriesThereIsNoPost) { EXPECT_TRUE(RedditStore().next_post().empty()); }

}  // namespace
}  // namespace recon
