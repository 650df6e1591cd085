#pragma once

#include "recon/prompts/prompts.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// What one domain says about itself (prompts/domains/NAME.yaml).
struct DomainTexts {
  std::string preamble_synthesis;
  std::string preamble_action;
  std::string context_note;
  std::string response_format;
};

/// The short texts that the templates share: those of the domains and the definitions of the dimensions.
class PromptTexts {
 public:
  /// Reads the compiled-in files. Throws std::logic_error for a broken one, which a test would have found.
  PromptTexts();

  /// Of a domain, or the generic ones.
  [[nodiscard]] const DomainTexts& domain(std::string_view name) const;
  [[nodiscard]] const std::string& definition(Dimension dimension) const;
  /// Names of the domains that have texts of their own, sorted.
  [[nodiscard]] std::vector<std::string> domains() const;
  /// Every text, in a fixed order, for digests.
  [[nodiscard]] std::vector<std::string_view> all() const;

 private:
  std::map<std::string, DomainTexts, std::less<>> domains_;
  std::map<Dimension, std::string> definitions_;
};

[[nodiscard]] const char* to_string(Dimension dimension);

/// The compiled-in file of that name; throws std::logic_error when there is none.
[[nodiscard]] std::string_view embedded_text(std::string_view name);

}  // namespace recon
