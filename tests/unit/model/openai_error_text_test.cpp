#include <string>
#include <utility>
#include <vector>

#include "openai/error_text.hpp"
#include "openai_error_fixture.hpp"

namespace recon::support {
namespace {

using Cause = ServerError::Cause;
using std::chrono::milliseconds;

TEST(ServerErrorText, WaitsAreReadInEveryForm) {
  const std::vector<std::pair<const char*, int>> told = {{"Please retry after 26 seconds.", 26'000},
                                                         {"Try again in 20s.", 20'000},
                                                         {"try again in 1m30s", 90'000},
                                                         {"Please try again in 500ms", 500},
                                                         {"Please retry in 12.3s.", 12'300},
                                                         {"retry after 2 minutes and 5 seconds", 125'000},
                                                         {"Retry-After: 7", 7000},
                                                         {"wait 3 minutes before", 180'000},
                                                         {"Please wait at least 4 sec", 4000},
                                                         {"try again in 1h2m3s", 3'723'000},
                                                         {"the limit resets in 45 seconds", 45'000},
                                                         {"try again in 0.5 seconds", 500},
                                                         {"Try again in 1 hour.", 3'600'000}};
  for (const auto& [text, wait_ms] : told) {
    EXPECT_EQ(wait_told_in(text).value_or(milliseconds(-1)).count(), wait_ms) << text;
  }
  EXPECT_EQ(wait_told_in("try again in 99999999999999 days"),
            std::optional<milliseconds>(std::chrono::hours(720)));
  for (const char* text :
       {"timed out after 600 seconds", "try again later", "please wait a moment and try again", "wait",
        "retry after ", "limit: 15 per 60 seconds", "try again in a few minutes", "retry after 2041-01-01",
        "try again in 00:00:20", ""})
    EXPECT_FALSE(wait_told_in(text).has_value()) << text;
}

TEST(ServerErrorText, LongReasonsAreCutAtACodePoint) {
  std::string body = "x";
  for (int i = 0; i < 3000; ++i) body += "\u00e4";
  const ServerError error = error_of_status(500, body, time_of_errors);
  EXPECT_LE(error.message.size(), 303U);
  EXPECT_TRUE(error.message.ends_with("\u00e4...")) << error.message;
  EXPECT_EQ(error_of_status(500, "a\xFF\nb", time_of_errors).message, "a\uFFFD b");
}

TEST(ServerErrorText, DeepAndEndlessBodiesAreRead) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"error":)";
  EXPECT_EQ(error_of_status(500, deep, time_of_errors).cause, Cause::server);
  for (int i = 0; i < 5000; ++i) deep += "}";
  EXPECT_EQ(error_of_status(500, deep, time_of_errors).cause, Cause::server);
  EXPECT_EQ(error_of_status(500, std::string(200'000, '{'), time_of_errors).cause, Cause::server);
}

}  // namespace
}  // namespace recon::support
