#include "recon/sources/source_kinds.hpp"

#include "recon/ingest/turn_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(SourceKinds, SpokenDomainsExcludeInaudibleSpeechAndInterruptions) {
  for (const char* domain : {"scotus", "pmq", "podcast"}) {
    const SourceKind* kind = find_source_kind(domain);
    ASSERT_NE(kind, nullptr) << domain;
    const TurnFilter filter(kind->excluded_targets);
    EXPECT_TRUE(filter.excludes("I did not (Inaudible) that."));
    EXPECT_TRUE(filter.excludes("INAUDIBLE"));
    EXPECT_TRUE(filter.excludes("But the statute --"));
    EXPECT_TRUE(filter.excludes("But the statute ——"));
    EXPECT_FALSE(filter.excludes("An audible, well-known answer - no more — really."));
  }
}

TEST(SourceKinds, OfWhatIsWrittenOnlyRemovedTurnsAreExcludedAndItsAuthorsAreHidden) {
  const SourceKind* reddit = find_source_kind("reddit");
  ASSERT_NE(reddit, nullptr);
  const TurnFilter filter(reddit->excluded_targets);
  for (const char* notice :
       {"[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]", "[removed  by moderator]",
        "[ Removed by Reddit on account of violating the [content policy](/help/contentpolicy). ]"}) {
    EXPECT_TRUE(filter.excludes(notice)) << notice;
  }
  for (const char* text : {"But -- really? (inaudible)", "Why was it [removed]?", "[deleted] my account",
                           "[removedby mods]", "A line\n[deleted]", "[deleted]\nhe said"}) {
    EXPECT_FALSE(filter.excludes(text)) << text;
  }
  EXPECT_TRUE(reddit->pseudonyms);
  EXPECT_TRUE(reddit->lists_missing);
}

TEST(SourceKinds, EveryKindSaysWhatItIs) {
  for (const SourceKind& kind : source_kinds()) {
    EXPECT_EQ(find_source_kind(kind.domain), &kind);
    EXPECT_FALSE(kind.path.empty());
    EXPECT_FALSE(kind.terms.empty());
    EXPECT_NE(kind.open, nullptr);
  }
  EXPECT_EQ(find_source_kind("radio"), nullptr);
}

}  // namespace
}  // namespace recon
