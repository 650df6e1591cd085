#include "choice.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "finish_reason.hpp"
#include "framed_json.hpp"
#include "reply_json.hpp"

namespace recon {
namespace {

/// Of lists and objects within each other; servers nest two or three.
constexpr int deepest = 8;

/// All words of a value that holds thinking: text, or lists and objects of it.
std::string thinking_of(const Json& value, int depth = 0) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured() || depth > deepest) return "";
  std::string text;
  if (value.is_array()) {
    for (const Json& entry : value) text += thinking_of(entry, depth + 1);
  }
  for (const char* key : {"thinking", "reasoning", "text", "content", "summary"}) {
    if (text.empty()) text = thinking_of(at(value, key), depth + 1);
  }
  return text;
}

struct Content {
  std::string text;
  std::string thinking;
  std::string refusal;
};

bool is_thinking(const Json& part) {
  const Json& type = at(part, "type");
  const std::string_view name = type.is_string() ? type.get_ref<const std::string&>() : std::string_view();
  return name.find("thinking") != std::string_view::npos ||
         name.find("reasoning") != std::string_view::npos || at(part, "thought") == true;
}

/// A message's content: text, nothing (a reply cut off while thinking, or a refusal), a part or a list of
/// parts.
std::optional<Content> content_of(const Json& content) {
  Content found;
  if (content.is_string()) found.text = content.get<std::string>();
  if (content.is_null() || content.is_string()) return found;
  if (!content.is_structured()) return std::nullopt;
  const auto take = [&found](const Json& part) {
    if (part.is_string()) {
      found.text += part.get_ref<const std::string&>();
    } else if (is_thinking(part)) {
      found.thinking += thinking_of(part);
    } else if (const Json& text = at(part, "text"); text.is_string()) {
      found.text += text.get_ref<const std::string&>();
    } else if (const Json& refusal = at(part, "refusal"); refusal.is_string()) {
      found.refusal += refusal.get_ref<const std::string&>();
    }
  };
  if (content.is_object()) {
    take(content);
  } else {
    for (const Json& part : content) take(part);
  }
  return found;
}

/// True for a text of which nothing but U+FFFD and white space is left.
bool is_all_damage(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  while (!text.empty()) {
    if (text.starts_with(replacement)) {
      text.remove_prefix(replacement.size());
    } else if (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

/// Nullopt for a choice that can't be read.
std::optional<ChatAnswer> answer_of(const Json& choice, const ChoiceEnd& end, std::int64_t repaired) {
  const Json& message = at(choice, "message");
  auto content = content_of(at(message, "content"));
  // A filter may leave no message.
  if (!content || (!message.is_object() && end.finish != Finish::content_filter)) return std::nullopt;
  const std::int64_t places = mend_text(content->text);
  if (places > 0 && is_all_damage(content->text)) content->text.clear();
  ChatAnswer answer = chat_answer_from_text(std::move(content->text), end.finish);
  if (const Json& refusal = at(message, "refusal"); refusal.is_string())
    content->refusal = refusal.get<std::string>();
  std::int64_t more_places = mend_text(content->refusal);
  if (!content->refusal.empty() && answer.text.empty()) {
    answer.text = std::move(content->refusal);
    answer.finish = Finish::declined;
  }
  for (const char* key : {"reasoning_content", "reasoning", "thinking", "reasoning_details"}) {
    if (content->thinking.empty()) content->thinking = thinking_of(at(message, key));
  }
  more_places += mend_text(content->thinking);
  if (!content->thinking.empty()) {
    answer.reasoning = answer.reasoning.empty() ? std::move(content->thinking)
                                                : content->thinking + "\n\n" + answer.reasoning;
  }
  if (answer.finish == Finish::other) answer.finish_reason = end.reason;
  answer.repaired = repaired + places + more_places;
  return answer;
}

}  // namespace

ChosenAnswers answers_of_choices(const Json& choices, int samples, std::int64_t repaired) {
  ChosenAnswers chosen;
  for (const Json& choice : choices) {
    if (chosen.answers.size() >= static_cast<std::size_t>(std::max(1, samples))) break;
    const ChoiceEnd end = end_of_choice(choice);
    if (!end.broken.empty()) {
      if (chosen.broken.empty()) {
        chosen.broken = end.broken;
        chosen.error =
            at(choice, "error").is_null() ? at(at(choice, "message"), "error") : at(choice, "error");
      }
      continue;
    }
    if (auto answer = answer_of(choice, end, repaired)) chosen.answers.push_back(std::move(*answer));
  }
  return chosen;
}

}  // namespace recon
