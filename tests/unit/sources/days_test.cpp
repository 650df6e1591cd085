#include "days.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(DayAtStart, ReadsDatesAndTimes) {
  EXPECT_EQ(iso_day(*day_at_start("2016-05-11")), "2016-05-11");
  EXPECT_EQ(iso_day(*day_at_start("2016-02-29T00:00:00")), "2016-02-29");
  EXPECT_EQ(iso_day(*day_at_start("0987-01-01 10:00")), "0987-01-01");
}

TEST(DayAtStart, RefusesWhatIsNoDay) {
  for (const char* text :
       {"", "2016-05", "2015-02-29", "2016-13-01", "2016-00-10", "2016-5-11", "2016-05-111", "-016-05-11",
        "2016-+5-11", "11/05/2016", "2016-05-1x", "2016/05/11"}) {
    EXPECT_FALSE(day_at_start(text)) << text;
  }
}

TEST(Days, KnowTheirMonthAndWhetherPeopleWork) {
  const Day wednesday = *day_at_start("2016-05-11");
  EXPECT_EQ(iso_month(month_of(wednesday)), "2016-05");
  EXPECT_TRUE(is_weekday(wednesday));
  EXPECT_TRUE(is_weekday(wednesday + std::chrono::days(2)));
  EXPECT_FALSE(is_weekday(wednesday + std::chrono::days(3)));
  EXPECT_FALSE(is_weekday(wednesday + std::chrono::days(4)));
}

}  // namespace
}  // namespace recon
