#include "rejects_file.hpp"

#include "recon/core/jsonl.hpp"
#include "recon/stages/stage_list.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace recon {

void update_rejects_file(const std::filesystem::path& path, const std::string& stage,
                         const std::vector<Reject>& rejects) {
  std::vector<Reject> all;
  if (path != "-" && std::filesystem::exists(path)) all = read_records<Reject>(path);
  std::erase_if(all, [&](const Reject& reject) { return reject.stage == stage; });
  all.insert(all.end(), rejects.begin(), rejects.end());
  // In the order of the chain, whichever stage ran last: the file is the one that a fresh run writes.
  std::vector<std::string> order;
  for (const Stage& known : all_stages()) order.push_back(known.name);
  const auto place = [&](const Reject& reject) {
    return std::find(order.begin(), order.end(), reject.stage);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const Reject& a, const Reject& b) { return place(a) < place(b); });
  if (all.empty()) {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) throw RunError(path.string() + ": can't be removed: " + error.message());
    return;
  }
  JsonlWriter writer(path);
  for (const Reject& reject : all) writer.write(reject);
  writer.commit();
}

}  // namespace recon
