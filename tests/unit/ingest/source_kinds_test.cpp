#include "recon/ingest/source_kinds.hpp"

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

TEST(SourceKinds, WhatIsWrittenIsNotFilteredAndItsAuthorsAreHidden) {
  const SourceKind* reddit = find_source_kind("reddit");
  ASSERT_NE(reddit, nullptr);
  EXPECT_TRUE(reddit->excluded_targets.empty());
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
