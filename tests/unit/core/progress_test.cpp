#include "recon/core/log.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() : progress_(log_, "judge", 40, [this] { return now_; }) {}
  /// What is printed while `work` runs. Standard error is no terminal here: a line every ten seconds.
  template <class Work>
  static std::string printed(const Work& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
  }

  Log log_{LogLevel::normal, LogFormat::text};
  Progress::Clock::time_point now_ = Progress::Clock::now();
  Progress progress_;
};

TEST_F(ProgressTest, KnowsHowLongNothingHasChanged) {
  now_ += seconds(4);
  EXPECT_EQ(progress_.still_for(), seconds(4));
  progress_.set_counts(3, 0, 0, 0);
  EXPECT_EQ(progress_.still_for(), seconds(0));
  now_ += seconds(2);
  progress_.set_counts(3, 0, 0, 0);
  progress_.advance(0);
  EXPECT_EQ(progress_.still_for(), seconds(2)) << "the same numbers again are no change";
  progress_.advance(1);
  EXPECT_EQ(progress_.still_for(), seconds(0));
}

TEST_F(ProgressTest, TheLineSaysWhyNothingMovesUntilSomethingDoes) {
  progress_.set_counts(3, 1, 0, 0);
  now_ += seconds(11);
  progress_.stands_still("waiting 12 s as the server asked");
  EXPECT_EQ(printed([&] { progress_.set_counts(3, 1, 0, 0); }),
            "recon: judge: waiting 12 s as the server asked (0/40 records)\n");
  now_ += seconds(5);
  progress_.stands_still("waiting 7 s as the server asked");
  EXPECT_THAT(printed([&] { progress_.advance(0); }), IsEmpty()) << "no more than a line in ten seconds";
  now_ += seconds(6);
  const std::string moving = printed([&] { progress_.advance(2); });
  EXPECT_THAT(moving, HasSubstr("judge: 2/40 records, 3 asked"));
  EXPECT_THAT(moving, Not(HasSubstr("waiting")));
}

TEST_F(ProgressTest, TheLastLineSaysWhatWasDone) {
  now_ += seconds(20);
  progress_.stands_still("waiting");
  EXPECT_THAT(printed([&] { progress_.finish(); }),
              HasSubstr("0/40 records, 0 asked, 0 from the store, 20 s"));
}

}  // namespace
}  // namespace recon
