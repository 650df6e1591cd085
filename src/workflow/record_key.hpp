#pragma once

#include "recon/stages/run_config.hpp"

#include <cstddef>
#include <string>

namespace recon {

/// The pair that a task's key is about: all of it, or what stands before a method. Methods hold no slash, ids
/// do.
[[nodiscard]] std::string pair_of_record(const std::string& record);

/// The method whose trace or action a question is about: `place` is its own among the questions that the task
/// asks for this purpose. Empty where it is about none.
[[nodiscard]] std::string method_asked_about(const RunConfig& config, const std::string& purpose,
                                             const std::string& record, std::size_t place);

}  // namespace recon
