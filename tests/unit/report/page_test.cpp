#include "recon/report/page.hpp"

#include <gmock/gmock.h>

namespace recon {
namespace {

TEST(Page, WrapsAtSpacesAndKeepsLines) {
  Page page({30, false});
  page.text("one two three four five six seven eight\nnine", 2);
  EXPECT_EQ(page.str(), "  one two three four five six\n  seven eight\n  nine\n");
}

TEST(Page, CutsWordsThatAreTooLongByCodePoints) {
  Page page({30, false});
  std::string word;
  for (int i = 0; i < 40; ++i) word += "\u00e9";
  page.text(word);
  std::string expected;
  for (int i = 0; i < 40; ++i) expected += std::string("\u00e9") + (i == 29 || i == 39 ? "\n" : "");
  EXPECT_EQ(page.str(), expected);
}

TEST(Page, ShowsControlCharactersAsNothingThatATerminalObeys) {
  Page page({80, false});
  page.text("a\033[31mb\tc\x7f \xC2\x9b");
  EXPECT_EQ(page.str(), "a\uFFFD[31mb c\uFFFD \uFFFD\n");
}

TEST(Page, ColoursOnlyWhenAskedTo) {
  Page plain({80, false}), coloured({80, true});
  for (Page* page : {&plain, &coloured}) page->heading("Title");
  EXPECT_EQ(plain.str(), "Title\n=====\n");
  EXPECT_THAT(coloured.str(), testing::HasSubstr("\033[1;4mTitle"));
}

TEST(Numbers, AreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(dollars(0.01234), "0.0123");
  EXPECT_EQ(dollars(12.345), "12.35");
}

}  // namespace
}  // namespace recon
