#include "recon/core/error.hpp"
#include "recon/core/files.hpp"

#include <utility>

#include "oyez_files.hpp"
#include "oyez_hearing.hpp"
#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Reads the hearings of a folder of the Oyez archive in the order of their names.
class OyezReader final : public CountingReader {
 public:
  explicit OyezReader(const std::filesystem::path& folder) : folder_(folder) {
    OyezFiles files = list_oyez_files(folder);
    if (files.hearings.empty()) {
      throw RunError(
          fmt::format("source '{}': no hearing (<term>.<docket>-tNN.json) in it or its subfolders; "
                      "give source.path the folder oyez/cases",
                      folder.string()));
    }
    files_ = std::move(files.hearings);
    for (const auto& [reason, count] : files.skips) skip(reason, count);
  }

  std::optional<Session> next() override {
    while (at_ < files_.size()) {
      std::optional<Session> session = read(files_[at_++]);
      if (session) return session;
    }
    return std::nullopt;
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;
  std::size_t at_ = 0;

  std::optional<Session> read(const std::filesystem::path& file) {
    const std::string key = file.generic_string();
    std::string content;
    try {
      content = read_file(folder_ / file);
      OyezHearing hearing = parse_oyez_hearing(content, file.stem().string());
      skip("turn without speaker", hearing.turns_without_speaker);
      skip("empty turn", hearing.empty_turns);
      if (!hearing.session) {
        skip("no transcript");
      } else if (hearing.session->turns.empty()) {
        skip("no turns");
      } else if (!is_new(hearing.session->session_id)) {
        reject(key, fmt::format("a second file named '{}'; keep one of them", file.filename().string()));
      } else {
        return std::move(hearing.session);
      }
    } catch (const RunError& error) {
      reject(key, error.what(), content);
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<SessionReader> make_oyez_reader(const SourceConfig& config) {
  return std::make_unique<OyezReader>(config.path);
}

}  // namespace recon
