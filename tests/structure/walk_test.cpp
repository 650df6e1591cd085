// docs/architecture.md and CONTRIBUTING.md send readers to files: each must be there.
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "source_dir.hpp"
#include "test_folder.hpp"
#include <gtest/gtest.h>

namespace recon::support {
namespace {

const std::filesystem::path root = RECON_SOURCE_DIR;

/// The files under the sources as `a/b/c.cpp`, and every end of that: `b/c.cpp`, `c.cpp`.
std::set<std::string> known_files() {
  std::set<std::string> known;
  for (const char* folder : {"src", "include", "tests", "prompts", "scripts", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      std::string name = std::filesystem::relative(entry.path(), root).string();
      for (std::size_t slash = 0; slash != std::string::npos; slash = name.find('/')) {
        if (slash > 0) name.erase(0, slash + 1);
        known.insert(name);
      }
    }
  }
  return known;
}

TEST(Walk, NamesFilesThatAreThere) {
  const std::set<std::string> known = known_files();
  const std::regex name("`([A-Za-z_0-9/]+\\.(?:cpp|hpp|mustache|sh|py))`");
  std::size_t found = 0;
  for (const char* page : {"docs/architecture.md", "CONTRIBUTING.md"}) {
    const std::string text = slurp(root / page);
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
      const std::string file = (*at)[1];
      if (file.find("NAME") != std::string::npos) continue;  // to be written by the reader
      ++found;
      EXPECT_TRUE(known.contains(file)) << page << " names " << file;
    }
  }
  EXPECT_GT(found, 40U);
}

}  // namespace
}  // namespace recon::support
