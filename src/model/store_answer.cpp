#include "store_answer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <simdjson.h>

namespace recon {
namespace {

std::optional<Finish> finish_from(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Finish>, 5> known{
      {{"stop", Finish::stop},
       {"length", Finish::length},
       {"content_filter", Finish::content_filter},
       {"declined", Finish::declined},
       {"other", Finish::other}}};
  for (const auto& [text, finish] : known) {
    if (text == name) return finish;
  }
  return std::nullopt;
}

}  // namespace

AnswerChecksum answer_checksum(const Digest& question, std::int64_t sample, std::string_view text) {
  const auto& bytes = question.bytes();
  const Digest digest = DigestBuilder()
                            .bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()})
                            .number(static_cast<std::uint64_t>(sample))
                            .bytes(text)
                            .finish();
  AnswerChecksum checksum{};
  std::copy_n(digest.bytes().begin(), checksum.size(), checksum.begin());
  return checksum;
}

std::string stored_text(const Json& value) {
  return value.dump(-1, ' ', false, nlohmann::detail::error_handler_t::replace);
}

struct AnswerParser::State {
  simdjson::dom::parser parser;
  std::string buffer;

  /// Nothing for what is no chat answer in every detail.
  std::optional<Answer> chat_answer(std::string_view text) {
    buffer.assign(text);
    buffer.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    simdjson::dom::object object;
    if (parser.parse(buffer).get(object) != simdjson::SUCCESS || object.size() != 4) return std::nullopt;
    std::string_view kind, said, reasoning, finish;
    if (object.at_key("kind").get(kind) != simdjson::SUCCESS || kind != "chat" ||
        object.at_key("text").get(said) != simdjson::SUCCESS ||
        object.at_key("reasoning").get(reasoning) != simdjson::SUCCESS ||
        object.at_key("finish").get(finish) != simdjson::SUCCESS)
      return std::nullopt;
    const std::optional<Finish> known = finish_from(finish);
    if (!known) return std::nullopt;
    return ChatAnswer{std::string(said), std::string(reasoning), *known};
  }
};

AnswerParser::AnswerParser() : state_(std::make_unique<State>()) {}
AnswerParser::~AnswerParser() = default;

Answer AnswerParser::parse(std::string_view text) {
  if (auto answer = state_->chat_answer(text)) return std::move(*answer);
  return answer_from_json(Json::parse(text));
}

}  // namespace recon
