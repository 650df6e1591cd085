#include "recon/workflow/forget.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/ingest/forgotten.hpp"
#include "recon/ingest/pseudonyms.hpp"
#include "recon/records/records.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/stages/purposes.hpp"
#include "recon/store/maintenance.hpp"
#include "recon/store/store.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

namespace fs = std::filesystem;

/// Whose text, or what was made of it, must go. Pairs are told by their ids, `user/session_id/turn`, which
/// begin the keys of tasks and rejects too, so that answers of earlier splits are found as well.
class ErasureScope {
 public:
  explicit ErasureScope(std::set<std::string> sessions) : sessions_(std::move(sessions)) {}

  /// Whether an id is that of a pair of the sessions. Session ids may hold slashes themselves.
  [[nodiscard]] bool has(std::string_view key) const {
    const std::size_t user = key.find('/');
    if (user == std::string_view::npos) return false;
    key.remove_prefix(user + 1);
    for (std::size_t end = key.find('/'); end != std::string_view::npos; end = key.find('/', end + 1)) {
      if (sessions_.contains(std::string(key.substr(0, end)))) return true;
    }
    return false;
  }
  void add_shown(const std::string& pair_id) { shown_.insert(pair_id); }
  /// Also test pairs that were shown an example of the sessions.
  [[nodiscard]] bool has_or_was_shown(const std::string& pair_id) const {
    return has(pair_id) || shown_.contains(pair_id);
  }

 private:
  std::set<std::string> sessions_;
  std::set<std::string> shown_;
};

std::string_view user_of(std::string_view key) { return key.substr(0, key.find('/')); }

/// Copies a JSONL file without the lines that `keep` refuses; `keep` may change a value. The file stays
/// untouched where nothing changes. Returns how many lines went or changed.
std::size_t rewrite(const fs::path& file, const std::function<bool(Json&)>& keep) {
  if (!fs::exists(file)) return 0;
  std::size_t changed = 0;
  JsonlWriter writer(file);
  LineReader lines(file);
  while (const auto line = lines.next()) {
    if (line->text.empty()) continue;
    const Json before = parse_json_line(lines.name(), *line);
    Json value = before;
    const bool kept = keep(value);
    if (!kept || value != before) ++changed;
    if (kept) writer.write(value);
  }
  if (changed > 0) writer.commit();
  return changed;
}

bool is_jsonl(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".jsonl") || name.ends_with(".jsonl.zst");
}

/// `sessions.jsonl.20290.tmp`: what a killed process left. The run's lock is held, so nobody writes them now.
bool is_left_over(const fs::path& file) {
  if (file.extension() != ".tmp") return false;
  const std::string number = file.stem().extension().string();
  return number.size() > 1 && number.find_first_not_of("0123456789", 1) == std::string::npos;
}

/// Takes what is forgotten out of a session's record; false where nothing of it is left.
bool remove_forgotten(Json& value, const Forgotten& list, std::size_t& turns) {
  Session session = Session::from_json(value);
  turns += list.remove_from(session);
  Json after = session.to_json();
  if (after != value) value = std::move(after);
  return !session.turns.empty();
}

/// The ids of sessions that hold something to forget, and those that an earlier call did not finish.
std::set<std::string> sessions_concerned(const fs::path& file, const Forgotten& list,
                                         ForgetSummary& summary) {
  std::set<std::string> concerned = list.pending();
  LineReader lines(file);
  while (const auto line = lines.next()) {
    const Json before = parse_json_line(lines.name(), *line);
    Json value = before;
    const bool any_left = remove_forgotten(value, list, summary.turns);
    if (!any_left || value != before) concerned.insert(before.at("session_id").get<std::string>());
  }
  summary.sessions = concerned.size();
  return concerned;
}

/// Of a reject, also of an earlier version; of nothing for any other record.
Subject subject_of(const Json& value) {
  return value.contains("causes") || value.contains("error") ? Reject::from_json(value).subject : Subject{};
}

/// Removes the lines that concern the sessions from every file of the run but sessions.jsonl.
void clean_files(const RunDirectory& directory, ErasureScope& concerned, ForgetSummary& summary) {
  const fs::path pairs = directory.file("pairs.jsonl"), neighbors = directory.file("neighbors.jsonl");
  if (fs::exists(neighbors)) {
    for_each_record<Neighbors>(neighbors, [&](Neighbors&& record) {
      if (std::any_of(record.neighbors.begin(), record.neighbors.end(),
                      [&](const Neighbor& neighbor) { return concerned.has(neighbor.pair_id.str()); }))
        concerned.add_shown(record.pair_id.str());
    });
  }
  const auto text = [](const Json& value, const char* field) {
    const auto found = value.find(field);
    return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  for (const fs::directory_entry& entry : fs::directory_iterator(directory.path())) {
    const fs::path& file = entry.path();
    if (!entry.is_regular_file() || !is_jsonl(file) || file == pairs || file == neighbors ||
        file == directory.file("sessions.jsonl"))
      continue;
    summary.records += rewrite(file, [&](Json& value) {
      // What could not be read may be by anybody; the next ingest says it again.
      if (text(value, "stage") == "ingest") value["raw"] = "";
      // A reply that was rejected may quote what it was shown.
      const Subject subject = subject_of(value);
      if (concerned.has_or_was_shown(subject.pair.str())) return false;
      return !concerned.has_or_was_shown(text(value, "pair_id"));
    });
  }
  summary.records +=
      rewrite(neighbors, [&](Json& value) { return !concerned.has_or_was_shown(text(value, "pair_id")); });
  summary.pairs = rewrite(pairs, [&](Json& value) { return !concerned.has(text(value, "pair_id")); });
}

/// The users who speak in the sessions. Files of the run say so, since the store may have lost every question
/// about a pair that its other questions still show.
std::set<std::string> users_concerned(const RunConfig& config, const fs::path& sessions,
                                      const std::set<std::string>& ids) {
  std::set<std::string> authors;
  for_each_record<Session>(sessions, [&](const Session& session) {
    if (!ids.contains(session.session_id.str())) return;
    for (const Turn& turn : session.turns) authors.insert(turn.author);
  });
  std::set<std::string> users;
  for (const UserConfig& user : config.users) {
    if (authors.contains(user.name) || authors.contains(pseudonym_of(user.name))) users.insert(user.id.str());
  }
  return users;
}

/// Removes stored answers. Which other pairs a prompt showed depends on views and settings of the past, so of
/// a user who is concerned all answers go whose prompts can show other pairs.
std::size_t clean_store(const fs::path& store, const ErasureScope& concerned, std::set<std::string> users) {
  for_each_question(store, [&](std::string_view record, std::string_view /*purpose*/) {
    if (concerned.has(record)) users.emplace(user_of(record));
  });
  return forget_answers(store, [&](std::string_view record, std::string_view purpose) {
    return concerned.has(record) ||
           (shows_other_pairs(purpose) && users.contains(std::string(user_of(record))));
  });
}

/// Names in the manifest: of the users in its config and counts.
void hide_names(Json& value, const ForgetRequest& request) {
  if (value.is_string()) {
    const std::string text = value.get<std::string>();
    const bool is_name =
        std::any_of(request.authors.begin(), request.authors.end(),
                    [&](const std::string& author) { return pseudonym_of(author) == pseudonym_of(text); });
    if (is_name) value = pseudonym_of(text);
    return;
  }
  if (!value.is_structured()) return;
  for (Json& entry : value) hide_names(entry, request);
}

}  // namespace

ForgetSummary forget(const RunConfig& config, const ForgetRequest& request) {
  if (!fs::exists(config.run_dir)) {
    throw RunError(
        fmt::format("{}: there is no such run; name it with run_dir or --run-dir", config.run_dir.string()));
  }
  const RunDirectory directory(config.run_dir);
  const fs::path sessions = directory.file("sessions.jsonl");
  if (!fs::exists(sessions)) {
    throw RunError(
        fmt::format("{}: there is nothing to forget yet; run `recon ingest` first", sessions.string()));
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(directory.path())) {
    if (entry.is_regular_file() && is_left_over(entry.path())) fs::remove(entry.path());
  }
  const fs::path list_file = forgotten_file(directory.path());
  Forgotten list = Forgotten::read(list_file);
  for (const std::string& author : request.authors) list.add_author(author);
  for (const std::string& id : request.ids) list.add_item(id);
  ForgetSummary summary;
  const std::set<std::string> ids = sessions_concerned(sessions, list, summary);
  // First of all: whatever happens now, no later ingest brings it back, and a later call ends what this
  // began.
  list.set_pending(ids);
  list.write(list_file);
  Json manifest = directory.manifest();
  hide_names(manifest, request);
  // Both quote replies. What they tell of is made anew, since the files change.
  manifest.erase("stopped");
  for (Json& stage : manifest["stages"]) {
    stage.erase("warnings");
    stage.erase("earlier_warnings");
  }
  directory.save_manifest(manifest);
  if (ids.empty()) return summary;

  ErasureScope concerned(ids);
  clean_files(directory, concerned, summary);
  const fs::path store = request.store.value_or(config.store.value_or(directory.path() / "responses.sqlite"));
  if (fs::exists(store)) {
    summary.answers = clean_store(store, concerned, users_concerned(config, sessions, ids));
  } else {
    summary.missing_store = store;
  }
  rewrite(sessions, [&](Json& value) {
    std::size_t turns = 0;
    return remove_forgotten(value, list, turns);
  });
  // Numbers about who is forgotten; `recon evaluate` and `recon report` make them again for the others.
  fs::remove(directory.path() / file_name_of("results"));
  for (const std::string& report : reports_of_results()) fs::remove(directory.path() / report);
  list.set_pending({});
  list.write(list_file);
  return summary;
}

}  // namespace recon
