#include "recon/stages/purposes.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(Purposes, SayWhetherTheyCanShowOtherPairs) {
  for (const char* purpose : {"generate", "evaluate"}) EXPECT_TRUE(shows_other_pairs(purpose)) << purpose;
  for (const char* purpose : {"embed", "baseline", "candidates", "reconstruct", "judge", "leak"})
    EXPECT_FALSE(shows_other_pairs(purpose)) << purpose;
  EXPECT_TRUE(shows_other_pairs("of a version to come")) << "nothing is known of it";
}

}  // namespace
}  // namespace recon
