#include "recon/core/ascii.hpp"
#include "recon/core/error.hpp"
#include "recon/core/ordered_workers.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/source_files.hpp"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "file_form.hpp"
#include "hearing.hpp"
#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// `<term>.<docket>`, with a term of four digits.
bool is_case_stem(std::string_view stem) {
  return stem.size() > 5 && std::all_of(stem.begin(), stem.begin() + 4, is_digit) && stem[4] == '.';
}

/// `<term>.<docket>-tNN`
bool is_hearing_stem(std::string_view stem) {
  const std::size_t mark = stem.rfind("-t");
  if (mark == std::string_view::npos || !is_case_stem(stem.substr(0, mark))) return false;
  const std::string_view number = stem.substr(mark + 2);
  return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

constexpr std::size_t most_workers = 8;
/// Files read and not given out yet: some megabytes.
constexpr std::size_t files_ahead = 32;
/// Real hearings have at most a few. A worker may need several times as much.
constexpr std::size_t most_mib = 16;

/// Reads the hearings of a folder of the Oyez archive in the order of their names.
class OyezReader final : public CountingReader {
 public:
  explicit OyezReader(const std::filesystem::path& folder) {
    if (std::filesystem::is_regular_file(folder)) {
      throw RunError(
          fmt::format("source '{}': a file, expected the folder of Oyez JSON files "
                      "(<term>.<docket>-tNN.json); give source.path that folder",
                      folder.string()));
    }
    SourceFiles found = list_source_files(folder);
    folder_ = found.root;
    for (const auto& [link, why] : found.refused) reject(file_key(link), why + "; it is not followed");
    for (std::filesystem::path& file : found.files) sort_in(std::move(file));
    if (files_.empty()) {
      throw RunError(
          fmt::format("source '{}': no hearing (<term>.<docket>-tNN.json) in it or its subfolders; "
                      "give source.path the folder oyez/cases",
                      folder.string()));
    }
  }

  std::optional<Session> next() override {
    if (!workers_) start();
    while (std::optional<ReadFile> file = workers_->next()) {
      std::optional<Session> session = take(std::move(*file));
      if (session) return session;
      stop_if_interrupted();
    }
    return std::nullopt;
  }

 private:
  /// What a worker made of one file.
  struct ReadFile {
    std::filesystem::path name;
    OyezHearing hearing;
    std::string error;  ///< empty where it was read
    std::string raw;    ///< the beginning of what could not be read
  };
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;
  /// One a worker, used by that worker alone; must outlive the workers.
  std::vector<std::unique_ptr<OyezParser>> parsers_;
  std::optional<OrderedWorkers<ReadFile>> workers_;

  void start() {
    const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_workers);
    for (std::size_t i = 0; i < count; ++i) parsers_.push_back(std::make_unique<OyezParser>());
    workers_.emplace(files_.size(), count, files_ahead, [this](std::size_t worker, std::size_t file) {
      return read(files_[file], *parsers_[worker]);
    });
  }

  void sort_in(std::filesystem::path file) {
    const std::string stem = file.stem().string();
    const auto inside = name_inside_compressed(file);
    if (inside && inside->extension() == ".json" && is_hearing_stem(inside->stem().string())) {
      reject(file_key(file), "a compressed hearing, which is not read; decompress it");
    } else if (file.extension() != ".json" || !is_case_stem(stem)) {
      skip("other file");
    } else if (is_hearing_stem(stem)) {
      files_.push_back(std::move(file));
    } else {
      skip("case file");
    }
  }

  /// Called by the workers: touches no member but the folder's name.
  [[nodiscard]] ReadFile read(const std::filesystem::path& file, OyezParser& parser) const {
    ReadFile result{file, {}, {}, {}};
    std::string content;
    try {
      content = read_source_file(folder_ / file, most_mib);
      result.hearing = parser.parse(content, replace_invalid_utf8(file.stem().string()));
    } catch (const RunError& error) {
      result.error = error.what();
      result.raw = content.substr(0, longest_raw);
    }
    return result;
  }

  std::optional<Session> take(ReadFile file) {
    const std::string key = file_key(file.name);
    OyezHearing& hearing = file.hearing;
    skip("turn without speaker", hearing.turns_without_speaker);
    skip("empty turn", hearing.empty_turns);
    if (!file.error.empty()) {
      reject(key, file.error, file.raw);
    } else if (!hearing.session) {
      skip("no transcript");
    } else if (hearing.session->turns.empty()) {
      skip("no turns");
    } else if (!is_new(hearing.session->session_id)) {
      reject(key, fmt::format("a second file named '{}'; keep one of them", file_key(file.name.filename())));
    } else {
      return std::move(hearing.session);
    }
    return std::nullopt;
  }
};

}  // namespace

SourceKind oyez_source() {
  return {"scotus",
          "the folder oyez/cases of the transcripts' archive, one JSON file a hearing",
          "Oyez transcripts: CC BY-NC 4.0, Oyez (https://www.oyez.org/license); not for commercial use",
          {"(?i)inaudible", "--", "——"},
          false,
          [](const SourceConfig& config, const std::vector<UserConfig>& /*users*/) {
            return std::unique_ptr<SessionReader>(std::make_unique<OyezReader>(config.path));
          }};
}

}  // namespace recon
