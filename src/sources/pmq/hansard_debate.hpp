#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sitting.hpp"

namespace recon {

/// A debate of the Hansard API below the heading "Prime Minister" of the oral answers.
struct HansardSection {
  std::string id;          ///< the debate's external id in lower case
  std::string date;        ///< ISO
  std::int64_t order = 0;  ///< of the section in the day
  std::size_t place = 0;   ///< among those of one order: in the file
  std::string updated;     ///< when the text was last changed, ISO
  PmqSection section;
};

enum class HansardBody { debate, section_tree, other };

/// What a body of the Hansard API gave.
struct HansardFile {
  HansardBody body = HansardBody::other;
  std::vector<HansardSection> sections;  ///< of Prime Minister's questions alone, in the order of the file
  /// Debates outside the questions in which the Prime Minister speaks: by external id, how often.
  std::map<std::string, std::size_t> elsewhere;
  std::size_t unattributed = 0;     ///< texts that nobody says
  std::size_t lone_surrogates = 0;  ///< halves of characters, replaced by U+FFFD
};

/// Parses any body of the Hansard API. Throws RunError for what is none, saying what is wrong and where.
[[nodiscard]] HansardFile parse_hansard_body(std::string_view content);

}  // namespace recon
