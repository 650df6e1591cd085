#include "recon/store/question_key.hpp"

#include <fmt/format.h>

namespace recon {

namespace {

Digest digest_of_parts(std::string_view identity, std::string_view purpose, std::uint64_t seed, int replicate,
                       std::string_view canonical_request) {
  DigestBuilder builder;
  builder.field("recon question 1");  // changes with the meaning of a key
  builder.field(identity).field(purpose).number(seed).number(static_cast<std::uint64_t>(replicate));
  builder.field(canonical_request);
  return builder.finish();
}

}  // namespace

Digest QuestionKey::digest() const {
  return digest_of_parts(identity, purpose, seed, replicate, canonical_json(request));
}

Digest question_digest(std::string_view identity, std::string_view purpose, std::uint64_t seed, int replicate,
                       const Request& request) {
  return digest_of_parts(identity, purpose, seed, replicate, canonical_request(request));
}

Json QuestionKey::parts() const {
  Json parts = Json::object();
  for (const auto& [name, value] : request.items()) {
    if (name == "messages" && value.is_array()) {
      std::size_t place = 0;
      for (const Json& message : value) {
        parts[fmt::format("message {} ({})", ++place, message.value("role", ""))] =
            digest_of(canonical_json(message)).hex();
      }
    } else if (name == "sampling" || name == "kind") {
      parts[name] = value;
    } else {
      parts[name] = digest_of(canonical_json(value)).hex();
    }
  }
  return parts;
}

}  // namespace recon
