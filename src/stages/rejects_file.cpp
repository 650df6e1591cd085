#include "rejects_file.hpp"

#include "recon/core/jsonl.hpp"

namespace recon {

void update_rejects_file(const std::filesystem::path& path, const std::string& stage,
                         const std::vector<Reject>& rejects) {
  std::vector<Reject> all;
  if (path != "-" && std::filesystem::exists(path)) all = read_records<Reject>(path);
  std::erase_if(all, [&](const Reject& reject) { return reject.stage == stage; });
  all.insert(all.end(), rejects.begin(), rejects.end());
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
