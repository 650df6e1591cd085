#include "recon/stages/forget.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/records.hpp"
#include "recon/core/run_directory.hpp"
#include "recon/ingest/forgotten.hpp"
#include "recon/model/store.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

namespace fs = std::filesystem;

/// The ids of pairs whose text, or what was made of it, must go.
class Affected {
 public:
  void add(const std::string& pair_id) { pairs_.insert(pair_id); }
  [[nodiscard]] bool has(const std::string& pair_id) const { return pairs_.contains(pair_id); }
  /// Whether a key begins with an affected pair's id: keys of tasks and rejects are such ids, some with a
  /// method or a candidate behind them.
  [[nodiscard]] bool concerns(std::string_view key) const {
    for (std::size_t end = key.size(); end > 0; --end) {
      const bool cuts_a_number = end < key.size() && key[end] >= '0' && key[end] <= '9';
      if (!cuts_a_number && pairs_.contains(std::string(key.substr(0, end)))) return true;
    }
    return false;
  }

 private:
  std::set<std::string> pairs_;
};

/// Copies a JSONL file without the lines that `keep` refuses; `keep` may change a value. The file stays
/// untouched where nothing changes. Returns how many lines went or changed.
std::size_t rewrite(const fs::path& file, const std::function<bool(Json&)>& keep) {
  std::size_t changed = 0;
  {
    JsonlWriter writer(file);
    LineReader lines(file);
    while (const auto line = lines.next()) {
      if (line->text.empty()) continue;
      const Json before = parse_json_line(lines.name(), *line);
      Json value = before;
      if (!keep(value)) {
        ++changed;
        continue;
      }
      if (value != before) ++changed;
      writer.write(value);
    }
    if (changed > 0) writer.commit();
  }
  return changed;
}

bool is_jsonl(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".jsonl") || name.ends_with(".jsonl.zst");
}

/// Takes what is forgotten out of a session's record; false where nothing of it is left.
bool remove_forgotten(Json& value, const Forgotten& list, std::size_t& turns, bool& changed) {
  Session session = Session::from_json(value);
  turns += list.remove_from(session);
  Json after = session.to_json();
  changed = after != value;
  if (changed) value = std::move(after);
  return !session.turns.empty();
}

/// The ids of sessions that hold something to forget.
std::set<std::string> sessions_concerned(const fs::path& file, const Forgotten& list,
                                         ForgetSummary& summary) {
  std::set<std::string> concerned;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    Json value = parse_json_line(lines.name(), *line);
    bool changed = false;
    const bool any_left = remove_forgotten(value, list, summary.turns, changed);
    if (changed || !any_left) concerned.insert(value.at("session_id").get<std::string>());
  }
  summary.sessions = concerned.size();
  return concerned;
}

/// Test pairs that were shown examples of the affected pairs: what models said of them may repeat those.
void add_those_shown(const fs::path& neighbors, Affected& affected) {
  if (!fs::exists(neighbors)) return;
  std::vector<std::string> shown;
  for_each_record<Neighbors>(neighbors, [&](Neighbors&& record) {
    if (std::any_of(record.neighbors.begin(), record.neighbors.end(),
                    [&](const Neighbor& neighbor) { return affected.has(neighbor.pair_id.str()); }))
      shown.push_back(record.pair_id.str());
  });
  for (const std::string& pair_id : shown) affected.add(pair_id);
}

bool keeps_line(const Json& value, const Affected& affected) {
  const auto text = [&](const char* field) {
    const auto found = value.find(field);
    return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return !affected.has(text("pair_id")) && !affected.concerns(text("key"));
}

}  // namespace

ForgetSummary forget(const RunConfig& config, const ForgetRequest& request) {
  const RunDirectory directory(config.run_dir);
  const fs::path sessions = directory.file("sessions.jsonl");
  if (!fs::exists(sessions)) {
    throw RunError(
        fmt::format("{}: there is nothing to forget yet; run `recon ingest` first", sessions.string()));
  }
  const fs::path list_file = forgotten_file(directory.path());
  Forgotten list = Forgotten::read(list_file);
  for (const std::string& author : request.authors) list.add_author(author);
  for (const std::string& id : request.ids) list.add_item(id);
  // First of all: whatever happens now, no later ingest brings it back.
  list.write(list_file);

  ForgetSummary summary;
  const std::set<std::string> concerned = sessions_concerned(sessions, list, summary);
  if (concerned.empty()) return summary;
  const fs::path pairs = directory.file("pairs.jsonl");
  const fs::path neighbors = directory.file("neighbors.jsonl");
  Affected of_sessions;
  if (fs::exists(pairs)) {
    for_each_record<Pair>(pairs, [&](Pair&& pair) {
      if (!concerned.contains(pair.session_id.str())) return;
      of_sessions.add(pair.pair_id.str());
      ++summary.pairs;
    });
  }
  Affected affected = of_sessions;
  add_those_shown(neighbors, affected);
  const auto keep = [&](Json& value) { return keeps_line(value, affected); };
  for (const fs::directory_entry& entry : fs::directory_iterator(directory.path())) {
    const fs::path& file = entry.path();
    if (!entry.is_regular_file() || !is_jsonl(file) || file == sessions || file == pairs || file == neighbors)
      continue;
    summary.records += rewrite(file, keep);
  }
  const fs::path store = config.store.value_or(directory.path() / "responses.sqlite");
  if (fs::exists(store)) {
    summary.answers =
        forget_answers(store, [&](std::string_view record) { return affected.concerns(record); });
  }
  // Last what tells which records are concerned, so that an interrupted work can be done again from the
  // start.
  if (fs::exists(neighbors)) summary.records += rewrite(neighbors, keep);
  if (fs::exists(pairs))
    summary.records += rewrite(pairs, [&](Json& value) { return keeps_line(value, of_sessions); });
  rewrite(sessions, [&](Json& value) {
    std::size_t turns = 0;
    bool changed = false;
    return remove_forgotten(value, list, turns, changed);
  });
  return summary;
}

}  // namespace recon
