#include "recon/records/warning.hpp"

#include "recon/core/error.hpp"

#include <set>

#include <gmock/gmock.h>

namespace recon {
namespace {

constexpr auto last = WarningKind::ambiguous_replies;

TEST(Warnings, EveryKindHasAWordOfItsOwnThatComesBack) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto kind = static_cast<WarningKind>(i);
    words.insert(to_string(kind));
    EXPECT_EQ(warning_kind_from(to_string(kind)), kind);
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(warning_kind_from("weather").has_value());
}

TEST(Warnings, ComeBackFromResultsAndOldResultsHaveNone) {
  const std::vector<Warning> warnings = {
      {WarningKind::prompts_cut, "generate", "m", {{"prompts", 20}}, "cut"},
      {WarningKind::flat_scores, "judge", "j", {{"flat", 12}}, "flat"}};
  EXPECT_EQ(warnings_from_json({{"warnings", warnings_json(warnings)}}), warnings);
  EXPECT_TRUE(warnings_from_json(Json::object()).empty());
  EXPECT_EQ(
      warnings[0].to_json().dump(),
      R"({"kind":"prompts_cut","stage":"generate","model":"m","values":{"prompts":20},"message":"cut"})");
}

TEST(Warnings, WhatIsNoneIsAnError) {
  const Json good = Warning{WarningKind::one_reply, "s", "m", Json::object(), "why"}.to_json();
  Json unknown = good;
  unknown["kind"] = "weather";
  EXPECT_THROW((void)Warning::from_json(unknown), RunError);
  for (const char* field : {"kind", "stage", "model", "values", "message"}) {
    Json lacking = good;
    lacking.erase(field);
    EXPECT_THROW((void)Warning::from_json(lacking), RunError) << field;
  }
}

}  // namespace
}  // namespace recon
