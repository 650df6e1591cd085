// Runs every case under tests/cases as a test of its own. With --update the cases that --gtest_filter picks
// write what they do as what is expected of them.
#include "recon/core/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string_view>

#include "case.hpp"
#include "program.hpp"
#include "test_folder.hpp"
#include <gtest/gtest.h>

namespace recon::support {
namespace {

class CaseTest : public ::testing::Test {
 public:
  CaseTest(Case played, bool update) : case_(std::move(played)), update_(update) {}
  void TestBody() override {
    if (case_.needs_embedded_model() && !has_embedded_model()) GTEST_SKIP() << "built without the engine";
    const std::string found = case_.play();
    if (update_) {
      put(case_.expectation(), found);
      return;
    }
    ASSERT_TRUE(std::filesystem::exists(case_.expectation()))
        << "no expectation yet; recon_case_tests --update writes it:\n"
        << found;
    EXPECT_EQ(found, slurp(case_.expectation()));
  }

 private:
  Case case_;
  bool update_;
};

void register_cases(bool update) {
  for (const std::filesystem::path& folder : all_case_folders()) {
    Case played(folder);
    // In a filter of GoogleTest a `-` begins what is left out.
    std::string name = played.name();
    std::replace(name.begin(), name.end(), '-', '_');
    ::testing::RegisterTest("Case", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [played = std::move(played), update]() -> ::testing::Test* {
                              return new CaseTest(played, update);  // gtest owns it
                            });
  }
}

}  // namespace
}  // namespace recon::support

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  bool update = false;
  for (const char* argument : std::span(arguments, static_cast<std::size_t>(count)).subspan(1)) {
    if (std::string_view(argument) != "--update") {
      std::cerr << "unknown argument: " << argument << "\n";
      return EXIT_FAILURE;
    }
    update = true;
  }
  try {
    recon::support::register_cases(update);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return RUN_ALL_TESTS();
}
