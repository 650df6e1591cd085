#include "recon/workflow/pair_records.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/workflow/asked_before.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace recon {
namespace {

class PairFiles {
 public:
  PairFiles(const RunDirectory& directory, const std::string& pair)
      : directory_(directory), pair_(pair), needle_(needle_of(pair)) {}

  /// Reads the records of lines that may be about the pair; notes a missing file.
  template <class Record>
  void read(const std::string& artifact, std::vector<std::string>& missing,
            const std::function<void(Record&&)>& use) const {
    const std::filesystem::path path = directory_.file(file_name_of(artifact));
    if (!std::filesystem::exists(path)) {
      missing.push_back(path.filename().string());
      return;
    }
    LineReader lines(path);
    while (const auto line = lines.next()) {
      if (line->text.empty() || line->text.find(needle_) == std::string::npos) continue;
      use(parse_record<Record>(lines.name(), *line));
    }
  }

  /// The same for records that have a pair_id of their own, kept where it is this pair's.
  template <class Record>
  std::vector<Record> of_pair(const std::string& artifact, std::vector<std::string>& missing) const {
    std::vector<Record> found;
    read<Record>(artifact, missing, [&](Record&& record) {
      if (record.pair_id.str() == pair_) found.push_back(std::move(record));
    });
    return found;
  }

  /// `traces.` -> `traces.backward`, `traces.random`, ... as the folder has them, sorted.
  [[nodiscard]] std::vector<std::string> artifacts_with(std::string_view prefix) const {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path(), error)) {
      std::string name = entry.path().filename().string();
      if (name.ends_with(".zst")) name.resize(name.size() - 4);
      if (!name.starts_with(prefix) || !name.ends_with(".jsonl")) continue;
      name.resize(name.size() - std::string_view(".jsonl").size());
      if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(std::move(name));
    }
    if (error)
      throw RunError(fmt::format("{}: can't be read: {}", directory_.path().string(), error.message()));
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  const RunDirectory& directory_;
  const std::string& pair_;
  std::string needle_;

  /// The longest piece of the id that every writer of JSON writes alike.
  static std::string needle_of(const std::string& id) {
    std::string longest, piece;
    for (const char c : id + "\"") {
      const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '/';
      if (plain) {
        piece += c;
        continue;
      }
      if (piece.size() > longest.size()) longest = piece;
      piece.clear();
    }
    return longest;
  }
};

template <class Record>
Json list_json(const std::vector<Record>& records) {
  Json list = Json::array();
  for (const Record& record : records) list.push_back(record.to_json());
  return list;
}

}  // namespace

Json PairRecords::to_json() const {
  Json neighbor_list = Json::array();
  for (const Neighbor& neighbor : neighbors)
    neighbor_list.push_back({{"pair_id", neighbor.pair_id.str()}, {"similarity", neighbor.similarity}});
  Json used = Json::array();
  for (const UsedBy& use : used_by)
    used.push_back({{"pair_id", use.test.str()}, {"place", use.place}, {"similarity", use.similarity}});
  return {{"pair", pair.to_json()},
          {"candidates", list_json(candidates)},
          {"reconstructions", list_json(reconstructions)},
          {"judgment", judgment ? judgment->to_json() : Json(nullptr)},
          {"traces", list_json(traces)},
          {"neighbors", std::move(neighbor_list)},
          {"neighbor_of", std::move(used)},
          {"actions", list_json(actions)},
          {"verdicts", list_json(verdicts)},
          {"rejects", list_json(rejects)},
          {"missing_files", missing}};
}

PairRecords read_pair_records(const std::filesystem::path& run_dir, const std::string& pair) {
  const RunDirectory directory(run_dir, RunDirectory::Access::look);
  const PairFiles files(directory, pair);
  PairRecords records;
  auto pairs = files.of_pair<Pair>("pairs", records.missing);
  if (!records.missing.empty()) {
    throw RunError(fmt::format("{}: there are no pairs yet; run `recon ingest` first",
                               directory.file("pairs.jsonl").string()));
  }
  if (pairs.empty()) require_pair(directory.file("pairs.jsonl"), pair);
  records.pair = std::move(pairs.at(0));
  const bool is_test = records.pair.is_test();
  if (is_test) {
    const std::vector<std::string> artifacts = files.artifacts_with("actions.");
    if (artifacts.empty()) records.missing.emplace_back("actions.METHOD.jsonl");
    for (const std::string& artifact : artifacts) {
      for (Action& action : files.of_pair<Action>(artifact, records.missing))
        records.actions.push_back(std::move(action));
    }
    records.verdicts = files.of_pair<Verdict>("verdicts", records.missing);
  } else {
    records.candidates = files.of_pair<Candidate>("candidates", records.missing);
    records.reconstructions = files.of_pair<Reconstruction>("reconstructions", records.missing);
    auto judgments = files.of_pair<Judgment>("judgments", records.missing);
    if (!judgments.empty()) records.judgment = std::move(judgments.back());
    const std::vector<std::string> artifacts = files.artifacts_with("traces.");
    if (artifacts.empty()) records.missing.emplace_back("traces.METHOD.jsonl");
    for (const std::string& artifact : artifacts) {
      for (Trace& trace : files.of_pair<Trace>(artifact, records.missing))
        records.traces.push_back(std::move(trace));
    }
  }
  files.read<Neighbors>("neighbors", records.missing, [&](Neighbors&& neighbors) {
    if (neighbors.pair_id.str() == pair) {
      records.neighbors = std::move(neighbors.neighbors);
      return;
    }
    for (std::size_t i = 0; i < neighbors.neighbors.size(); ++i) {
      if (neighbors.neighbors[i].pair_id.str() == pair)
        records.used_by.push_back({neighbors.pair_id, i + 1, neighbors.neighbors[i].similarity});
    }
  });
  std::vector<std::string> no_rejects;  // a run without rejects has no such file
  files.read<Reject>("rejects", no_rejects, [&](Reject&& reject) {
    if (reject.subject.pair.str() == pair) records.rejects.push_back(std::move(reject));
  });
  return records;
}

}  // namespace recon
