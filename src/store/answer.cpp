#include "answer.hpp"

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

/// The count of that name; null where there is none.
std::int64_t* remark_of(ChatAnswer& answer, std::string_view name) {
  for (const auto& [known, member] : answer_counts) {
    if (name == known) return &(answer.*member);
  }
  return nullptr;
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
    if (parser.parse(buffer).get(object) != simdjson::SUCCESS) return std::nullopt;
    ChatAnswer answer;
    unsigned needed = 0;  // of the four fields that every answer has
    for (const auto& [key, value] : object) {
      std::string_view word;
      std::int64_t number = 0;
      const bool is_word = value.get(word) == simdjson::SUCCESS;
      if (!is_word && value.get(number) != simdjson::SUCCESS) return std::nullopt;
      if (is_word && key == "kind" && word == "chat") {
        needed |= 1U;
      } else if (is_word && key == "text") {
        answer.text = word;
        needed |= 2U;
      } else if (is_word && key == "reasoning") {
        answer.reasoning = word;
        needed |= 4U;
      } else if (const auto finish = finish_from(word); is_word && key == "finish" && finish) {
        answer.finish = *finish;
        needed |= 8U;
      } else if (is_word && key == "finish_reason") {
        answer.finish_reason = word;
      } else if (std::int64_t* remark = is_word ? nullptr : remark_of(answer, key)) {
        *remark = number;
      } else {
        return std::nullopt;
      }
    }
    return needed == 15U ? std::optional<Answer>(std::move(answer)) : std::nullopt;
  }
};

AnswerParser::AnswerParser() : state_(std::make_unique<State>()) {}
AnswerParser::~AnswerParser() = default;

Answer AnswerParser::parse(std::string_view text) {
  if (auto answer = state_->chat_answer(text)) return std::move(*answer);
  return answer_from_json(Json::parse(text));
}

}  // namespace recon
