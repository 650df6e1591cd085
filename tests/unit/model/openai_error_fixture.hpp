#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <string>

#include "openai/error.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {

/// When the tests' errors come.
inline const WallTime time_of_errors{std::chrono::seconds(1'800'000'000)};

/// What a server says, and what that means. Bodies are written for these tests in the servers' forms; ids and
/// names are invented.
struct Said {
  const char* name;
  int status;
  std::string body;
  ServerError::Cause cause;
  std::string message;  ///< what a person reads, or a part of it
  std::optional<std::chrono::milliseconds> wait = std::nullopt;
};

inline void PrintTo(const Said& said, std::ostream* out) { *out << said.name; }

inline std::string name_of(const testing::TestParamInfo<Said>& info) { return info.param.name; }

class ErrorOfAServer : public testing::TestWithParam<Said> {
 protected:
  static void expect_read(const Said& said) {
    using testing::AnyOf;
    using testing::HasSubstr;
    using testing::Not;
    const ServerError error =
        said.status == 200
            ? error_in_good_reply(Json::parse(said.body), time_of_errors).value_or(ServerError{})
            : error_of_status(said.status, said.body, time_of_errors);
    EXPECT_EQ(static_cast<int>(error.cause), static_cast<int>(said.cause));
    EXPECT_THAT(error.said(), HasSubstr(said.message));
    EXPECT_THAT(error.said(),
                Not(AnyOf(HasSubstr("\n"), HasSubstr("{\""), HasSubstr("<html"), HasSubstr("None)"))));
    // Printed as a number, which nullopt is not.
    const auto milliseconds_of = [](const auto& wait) { return wait ? wait->count() : -1; };
    EXPECT_EQ(milliseconds_of(error.wait), milliseconds_of(said.wait));
  }
};

}  // namespace recon::support
