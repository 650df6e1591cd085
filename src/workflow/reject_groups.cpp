#include "recon/workflow/reject_groups.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>

namespace recon {
namespace {

bool has_cause(const Reject& reject, const std::vector<std::string>& kinds) {
  return std::any_of(reject.causes.begin(), reject.causes.end(), [&](const RejectCause& cause) {
    return std::find(kinds.begin(), kinds.end(), cause.kind) != kinds.end();
  });
}

}  // namespace

Json RejectGroup::to_json() const {
  Json list = Json::array();
  for (const Reject& reject : rejects) {
    Json entry = reject.to_json();
    entry.erase("stage");
    list.push_back(std::move(entry));
  }
  Json json = {{"stage", stage}, {"cause", cause}, {"count", rejects.size()}, {"rejects", std::move(list)}};
  if (stopped) json["stopped"] = *stopped;
  return json;
}

std::vector<RejectGroup> read_reject_groups(const std::filesystem::path& rejects) {
  std::vector<RejectGroup> groups;
  if (!std::filesystem::exists(rejects)) return groups;
  for_each_record<Reject>(rejects, [&](Reject&& reject) {
    const std::string& cause = reject.causes.front().kind;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const RejectGroup& group) {
      return group.stage == reject.stage && group.cause == cause;
    });
    RejectGroup& group =
        found == groups.end() ? groups.emplace_back(RejectGroup{reject.stage, cause, {}}) : *found;
    group.rejects.push_back(std::move(reject));
  });
  const std::vector<Stage> stages = all_stages();
  const auto place_of = [&](const RejectGroup& group) {
    return std::find_if(stages.begin(), stages.end(),
                        [&](const Stage& stage) { return stage.name == group.stage; }) -
           stages.begin();
  };
  std::stable_sort(groups.begin(), groups.end(), [&](const RejectGroup& a, const RejectGroup& b) {
    const auto place_a = place_of(a);
    const auto place_b = place_of(b);
    return place_a != place_b ? place_a < place_b : a.rejects.size() > b.rejects.size();
  });
  return groups;
}

std::vector<std::string> stages_to_retry(const std::vector<RejectGroup>& groups,
                                         const std::vector<std::string>& causes) {
  std::vector<std::string> stages;
  for (const RejectGroup& group : groups) {
    const bool concerned = std::any_of(group.rejects.begin(), group.rejects.end(),
                                       [&](const Reject& reject) { return has_cause(reject, causes); });
    const bool is_new = std::find(stages.begin(), stages.end(), group.stage) == stages.end();
    if (concerned && is_new) stages.push_back(group.stage);
  }
  return stages;
}

void note_stops(std::vector<RejectGroup>& groups, const Json& manifest) {
  const Json stopped = manifest.value("stopped", Json::object());
  for (RejectGroup& group : groups) {
    const auto stop = stopped.find(group.stage);
    if (stop != stopped.end()) group.stopped = stop->value("message", "");
  }
}

std::optional<std::size_t> limit_of_stage(const Json& manifest, const std::string& stage) {
  const Json stopped = manifest.value("stopped", Json::object());
  if (const auto stop = stopped.find(stage); stop != stopped.end()) {
    const auto limit = stop->find("limit");
    if (limit == stop->end() || !limit->is_number_unsigned()) return std::nullopt;
    return limit->get<std::size_t>();
  }
  const auto entry = manifest["stages"].find(stage);
  if (entry == manifest["stages"].end() || !entry->contains("fingerprint")) return std::nullopt;
  const auto limit = (*entry)["fingerprint"].find("limit");
  if (limit == (*entry)["fingerprint"].end() || !limit->is_number_unsigned()) return std::nullopt;
  return limit->get<std::size_t>();
}

}  // namespace recon
