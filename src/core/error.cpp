#include "recon/core/error.hpp"

#include <system_error>

namespace recon {

std::string system_error_text(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

}  // namespace recon
