#include "record_key.hpp"

#include "recon/stages/examples.hpp"

#include <vector>

namespace recon {

std::string pair_of_record(const std::string& record) {
  const std::size_t space = record.rfind(' ');
  if (space == std::string::npos || record.find('/', space) != std::string::npos) return record;
  return record.substr(0, space);
}

std::string method_asked_about(const RunConfig& config, const std::string& purpose, const std::string& record,
                               std::size_t place) {
  std::vector<std::string> methods = compared_methods(config);
  if (purpose == "leak") {
    methods.insert(methods.begin(), "");  // without any trace first
  } else if (purpose == "evaluate") {
    const std::string pair = pair_of_record(record);
    if (pair.size() < record.size()) return record.substr(pair.size() + 1);
    std::erase(methods, config.evaluate.baseline);
    methods.insert(methods.begin(), config.evaluate.baseline);
  } else if (purpose != "generate") {
    return {};
  }
  return place < methods.size() ? methods[place] : std::string();
}

}  // namespace recon
