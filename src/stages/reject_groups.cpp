#include "recon/stages/reject_groups.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>

namespace recon {
namespace {

/// "unusable: ..." -> "unusable"; empty where no kind of failure stands there.
std::string kind_at(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(": "));
  return word.size() < text.size() && failure_kind_from(word) ? std::string(word) : std::string();
}

}  // namespace

std::vector<std::string> causes_of(const Reject& reject) {
  // Several failures of one record stand behind one another, with "; " between them.
  std::vector<std::string> causes;
  std::string_view rest = reject.error;
  for (;;) {
    const std::string kind = kind_at(rest);
    if (!kind.empty() && std::find(causes.begin(), causes.end(), kind) == causes.end())
      causes.push_back(kind);
    const std::size_t next = rest.find("; ");
    if (next == std::string_view::npos) break;
    rest.remove_prefix(next + 2);
  }
  if (causes.empty()) causes.emplace_back(record_cause);
  return causes;
}

Json RejectGroup::to_json() const {
  Json list = Json::array();
  for (const Reject& reject : rejects)
    list.push_back({{"key", reject.key}, {"error", reject.error}, {"raw", reject.raw}});
  return {{"stage", stage}, {"cause", cause}, {"count", rejects.size()}, {"rejects", std::move(list)}};
}

std::vector<RejectGroup> read_reject_groups(const std::filesystem::path& rejects) {
  std::vector<RejectGroup> groups;
  if (!std::filesystem::exists(rejects)) return groups;
  for_each_record<Reject>(rejects, [&](Reject&& reject) {
    const std::string cause = causes_of(reject).front();
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
    const bool concerned = std::any_of(group.rejects.begin(), group.rejects.end(), [&](const Reject& reject) {
      const std::vector<std::string> found = causes_of(reject);
      return std::any_of(found.begin(), found.end(), [&](const std::string& cause) {
        return std::find(causes.begin(), causes.end(), cause) != causes.end();
      });
    });
    const bool is_new = std::find(stages.begin(), stages.end(), group.stage) == stages.end();
    if (concerned && is_new) stages.push_back(group.stage);
  }
  return stages;
}

std::optional<std::size_t> limit_of_stage(const Json& manifest, const std::string& stage) {
  const auto entry = manifest["stages"].find(stage);
  if (entry == manifest["stages"].end() || !entry->contains("fingerprint")) return std::nullopt;
  const auto limit = (*entry)["fingerprint"].find("limit");
  if (limit == (*entry)["fingerprint"].end() || !limit->is_number_unsigned()) return std::nullopt;
  return limit->get<std::size_t>();
}

}  // namespace recon
