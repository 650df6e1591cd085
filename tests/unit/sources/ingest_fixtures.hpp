#pragma once

#include "recon/core/json.hpp"
#include "recon/sources/ingest.hpp"
#include "recon/sources/session_reader.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recon::support {

/// A folder that is removed with everything in it at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "recon-ingest-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file, with its folders, and gives its path.
  std::filesystem::path add(const std::string& name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << content;
    if (!stream.flush()) throw std::runtime_error("can't write " + file.string());
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// A speaker as Oyez has it.
inline Json speaker(const std::string& identifier, const std::string& name, Json roles = nullptr) {
  return Json{{"ID", 1},
              {"identifier", identifier},
              {"name", name},
              {"last_name", name},
              {"roles", std::move(roles)}};
}

/// An Oyez turn of several blocks.
inline Json oyez_turn(Json who, const std::vector<std::string>& blocks) {
  Json list = Json::array();
  for (const std::string& block : blocks) list.push_back({{"start", 0}, {"stop", 1}, {"text", block}});
  return Json{{"start", 0}, {"stop", 1}, {"speaker", std::move(who)}, {"text_blocks", std::move(list)}};
}

/// An Oyez hearing of one section.
inline Json oyez_hearing(const std::string& title, const std::vector<Json>& turns) {
  return Json{{"title", title},
              {"id", 7},
              {"transcript", {{"title", title}, {"duration", 1}, {"sections", {{{"turns", turns}}}}}},
              {"media_file", nullptr}};
}

inline std::vector<Session> read_all(SessionReader& reader) {
  std::vector<Session> sessions;
  while (auto session = reader.next()) sessions.push_back(std::move(*session));
  return sessions;
}

/// What ingest gave out, in memory.
struct Ingested {
  std::vector<Session> sessions;
  std::vector<Pair> pairs;
  std::vector<Reject> rejects;
  std::vector<std::string> missing;
  Json counts;
};

inline Ingested ingest_all(SessionReader& reader, const IngestSettings& settings) {
  Ingested all;
  Log log(LogLevel::quiet, LogFormat::text);
  IngestResult result =
      ingest(reader, settings,
             {[&](std::string_view line) { all.sessions.push_back(Session::from_json(Json::parse(line))); },
              [&](const Pair& pair) { all.pairs.push_back(pair); }},
             log);
  all.rejects = std::move(result.rejects);
  all.missing = std::move(result.missing);
  all.counts = std::move(result.counts);
  return all;
}

/// A reader over sessions held in memory.
class MemoryReader final : public SessionReader {
 public:
  explicit MemoryReader(std::vector<Session> sessions) : sessions_(std::move(sessions)) {}
  std::optional<Session> next() override {
    if (at_ == sessions_.size()) return std::nullopt;
    return sessions_[at_++];
  }
  void add_reject(Reject reject) { rejects_.push_back(std::move(reject)); }
  [[nodiscard]] const std::vector<Reject>& rejects() const override { return rejects_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& skips() const override { return skips_; }

 private:
  std::vector<Session> sessions_;
  std::size_t at_ = 0;
  std::vector<Reject> rejects_;
  std::map<std::string, std::size_t> skips_;
};

}  // namespace recon::support
