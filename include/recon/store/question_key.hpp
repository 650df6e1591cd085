#pragma once

#include "recon/core/digest.hpp"
#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace recon {

/// What identifies a question in the store (DESIGN section 5). Samples of one question share it.
struct QuestionKey {
  std::string identity;  ///< of the model
  std::string purpose;   ///< `baseline`, `candidates`, ...
  std::uint64_t seed = 0;
  int replicate = 0;
  Json request;  ///< semantic_json
  [[nodiscard]] Digest digest() const;
  /// The request part by part, so that two questions can be compared: the digest of each message by place and
  /// role, of the schema, of the text; sampling as it is.
  [[nodiscard]] Json parts() const;
};

/// The digest of a QuestionKey with the request's semantic JSON, without making that.
[[nodiscard]] Digest question_digest(std::string_view identity, std::string_view purpose, std::uint64_t seed,
                                     int replicate, const Request& request);

}  // namespace recon
