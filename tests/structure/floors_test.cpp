// The floors of the house (src/CMakeLists.txt): each uses only those that its CMakeLists names, and names
// only those that stand before it.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "source_dir.hpp"
#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon::support {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

const std::filesystem::path root = RECON_SOURCE_DIR;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// What stands between `keyword` and the next keyword or the closing bracket in the call of `function`.
std::vector<std::string> argument(const std::string& text, const std::string& function,
                                  const std::string& keyword) {
  const std::size_t call = text.find(function + "(");
  if (call == std::string::npos) return {};
  const std::string inner = text.substr(call, text.find(')', call) - call);
  std::smatch found;
  const std::regex pattern("\\b" + keyword + "\\s+([^A-Z)]*)");
  return std::regex_search(inner, found, pattern) ? words_of(found[1].str()) : std::vector<std::string>();
}

/// In the order in which they stand.
std::vector<std::string> floors() {
  const std::string text = slurp(root / "src/CMakeLists.txt");
  std::smatch found;
  std::regex_search(text, found, std::regex(R"(set\(RECON_FLOORS\s+((?:[a-z]+\s*)+)\))"));
  return words_of(found[1].str());
}

std::set<std::string> declared_by(const std::string& floor) {
  const auto names = argument(slurp(root / "src" / floor / "CMakeLists.txt"), "recon_floor", "DEPENDS");
  return {names.begin(), names.end()};
}

std::vector<std::filesystem::path> sources_of(const std::string& floor) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& folder : {root / "src" / floor, root / "include/recon" / floor}) {
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp")
        files.push_back(entry.path());
    }
  }
  return files;
}

/// floor -> what its files include of others, with a file that does.
std::map<std::string, std::string> included_by(const std::string& floor) {
  static const std::regex pattern(R"rx(#include "recon/([a-z]+)/)rx");
  std::map<std::string, std::string> found;
  for (const std::filesystem::path& file : sources_of(floor)) {
    const std::string text = slurp(file);
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
      if ((*at)[1] != floor) found.emplace((*at)[1], std::filesystem::relative(file, root).string());
    }
  }
  return found;
}

TEST(Floors, EveryFolderIsAFloor) {
  const auto known = floors();
  ASSERT_GT(known.size(), 10U);
  for (const char* folder : {"src", "include/recon"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      if (!entry.is_directory()) continue;
      EXPECT_THAT(known, Contains(entry.path().filename().string())) << folder;
    }
  }
}

TEST(Floors, NameOnlyThoseBelowThem) {
  std::set<std::string> below;
  for (const std::string& floor : floors()) {
    for (const std::string& used : declared_by(floor))
      EXPECT_TRUE(below.contains(used)) << floor << " names " << used << ", which does not stand before it";
    below.insert(floor);
  }
}

TEST(Floors, IncludeOnlyWhatTheyName) {
  for (const std::string& floor : floors()) {
    const std::set<std::string> declared = declared_by(floor);
    for (const auto& [used, file] : included_by(floor))
      EXPECT_TRUE(declared.contains(used)) << file << " includes a header of " << used << ", which " << floor
                                           << " does not name in its CMakeLists";
  }
}

TEST(Floors, NameNothingThatTheyDoNotUse) {
  for (const std::string& floor : floors()) {
    const auto included = included_by(floor);
    for (const std::string& name : declared_by(floor))
      EXPECT_TRUE(included.contains(name)) << floor << " names " << name << " without including any of it";
  }
}

/// Sources are listed, so that a file that is forgotten is no part of anything.
TEST(Floors, ListEverySource) {
  for (const std::string& floor : floors()) {
    const std::string list = slurp(root / "src" / floor / "CMakeLists.txt");
    std::vector<std::string> missing;
    for (const std::filesystem::path& file : sources_of(floor)) {
      if (file.extension() != ".cpp") continue;
      const std::string name = std::filesystem::relative(file, root / "src" / floor).string();
      if (list.find(name) == std::string::npos) missing.push_back(name);
    }
    EXPECT_THAT(missing, IsEmpty()) << floor;
  }
}

/// Libraries that one floor alone may know.
TEST(Floors, KeepTheirLibrariesToThemselves) {
  const std::map<std::string, std::string> owners = {
      {"<curl/", "http"},      {"<faiss/", "retrieval"}, {"<CLI/", "cli"},      {"<SQLiteCpp/", "store"},
      {"<gumbo.h", "sources"}, {"<expat.h", "sources"},  {"<llama.h", "model"}, {"<yaml-cpp/", "config"}};
  for (const std::string& floor : floors()) {
    for (const std::filesystem::path& file : sources_of(floor)) {
      const std::string text = slurp(file);
      for (const auto& [library, owner] : owners) {
        // Dimensions and domains of the prompts are YAML too.
        if (floor == owner || (floor == "prompts" && owner == "config")) continue;
        EXPECT_EQ(text.find("#include " + library), std::string::npos) << file << " includes " << library;
      }
    }
  }
}

}  // namespace
}  // namespace recon::support
