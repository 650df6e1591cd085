#pragma once

#include "recon/core/digest.hpp"
#include "recon/model/request.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace recon {

/// The first 8 bytes of SHA-256 over question, sample and text: tells a damaged answer from a whole one.
using AnswerChecksum = std::array<std::uint8_t, 8>;
[[nodiscard]] AnswerChecksum answer_checksum(const Digest& question, std::int64_t sample,
                                             std::string_view text);

/// JSON as the store keeps it; invalid UTF-8 is replaced by U+FFFD.
[[nodiscard]] std::string stored_text(const Json& value);

/// Reads answers as the store keeps them: what answer_from_json(Json::parse(text)) gives, only faster for
/// those of chats. One thread uses an object.
class AnswerParser {
 public:
  AnswerParser();
  ~AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;
  /// Throws RunError or Json::exception for a text that is no stored answer.
  [[nodiscard]] Answer parse(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
