#include "recon/engine/open_question.hpp"

#include "recon/core/visit.hpp"
#include "recon/model/log_probability.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

/// Where all of a reply is thinking, that is what came.
std::string raw_of(const Answer& answer) {
  return match(
      answer, [](const ChatAnswer& chat) { return chat.text.empty() ? chat.reasoning : chat.text; },
      [](const ScoreAnswer&) { return std::string(); }, [](const EmbedAnswer&) { return std::string(); });
}

std::string message_of(Failure::Kind kind, int replies, const std::string& why) {
  if (kind == Failure::Kind::truncated)
    return fmt::format("the reply was cut at max_tokens ({}); raise max_tokens", why);
  if (kind != Failure::Kind::unusable) return why;
  return fmt::format("{} unusable {}; the last one: {}", replies, replies == 1 ? "reply" : "replies", why);
}

/// A server scores the text that a chat template makes of the messages, so the template is part of what
/// decides.
std::string identity_with_template(const Question& question, const std::string& identity,
                                   const EngineConfig& config) {
  return match(
      question.request, [&](const ChatRequest&) { return identity; },
      [&](const ScoreRequest&) {
        const std::string& chat_template = config.model(question.model, "models").chat_template;
        return chat_template.empty() ? identity : fmt::format("{} chat_template:{}", identity, chat_template);
      },
      [&](const EmbedRequest&) { return identity; });
}

}  // namespace

QuestionKey key_of_question(const Question& question, const std::string& identity,
                            const EngineConfig& config) {
  return {identity_with_template(question, identity, config), question.purpose, config.seed, 0,
          semantic_json(question.request)};
}

Digest digest_of_question(const Question& question, const std::string& identity, const EngineConfig& config) {
  return question_digest(identity_with_template(question, identity, config), question.purpose, config.seed, 0,
                         question.request);
}

std::optional<std::string> why_unusable(const Question& question, const Answer& answer) {
  using Why = std::optional<std::string>;
  const Why no_score = match(
      answer, [](const ChatAnswer&) { return Why(); },
      [](const ScoreAnswer& score) { return why_no_score(score); }, [](const EmbedAnswer&) { return Why(); });
  if (no_score) return "the stored score is impossible: " + *no_score;
  if (finish_of(answer) == Finish::declined) return "the model declined to answer";
  if (finish_of(answer) == Finish::content_filter) return "the reply was withheld by a content filter";
  return question.unusable ? question.unusable(answer) : std::nullopt;
}

namespace {

Failure::Kind kind_of_ending(Finish finish) {
  switch (finish) {
    case Finish::length:
      return Failure::Kind::truncated;
    case Finish::declined:
      return Failure::Kind::declined;
    case Finish::content_filter:
      return Failure::Kind::filtered;
    case Finish::stop:
    case Finish::other:
      break;
  }
  return Failure::Kind::unusable;
}

}  // namespace

Finish finish_of(const Answer& answer) {
  return match(
      answer, [](const ChatAnswer& chat) { return chat.finish; },
      [](const ScoreAnswer&) { return Finish::stop; }, [](const EmbedAnswer&) { return Finish::stop; });
}

Failure::Kind kind_of_unusable(const Answer& answer) {
  return match(
      answer, [](const ChatAnswer& chat) { return kind_of_ending(chat.finish); },
      // The same text has the same score.
      [](const ScoreAnswer&) { return Failure::Kind::malformed; },
      [](const EmbedAnswer&) { return Failure::Kind::unusable; });
}

int OpenQuestion::usable() const {
  int count = 0;
  for (const auto& [sample, answer] : answers) count += why_unusable(question, answer) ? 0 : 1;
  return count;
}

std::optional<Failure> OpenQuestion::failure_so_far() const {
  std::optional<Failure> failure;
  int unusable = 0;
  for (const auto& [sample, answer] : answers) {
    const auto problem = why_unusable(question, answer);
    if (!problem) continue;
    const Failure::Kind kind = kind_of_unusable(answer);
    failure = Failure{kind, message_of(kind, ++unusable, *problem), raw_of(answer)};
  }
  return failure;
}

void OpenQuestion::settle() {
  // A reply that was cut, declined or withheld would end in the same way again, so it decides at once, unless
  // another sample of the same question went well.
  const int most_unusable = most_unusable_replies * (1 + retries);
  const int most_hopeless = 1 + retries;
  std::vector<Answer> found;
  int unusable = 0;
  int hopeless = 0;
  Failure::Kind kind = Failure::Kind::unusable;
  std::string why, raw;
  for (const auto& [sample, answer] : answers) {
    if (auto problem = why_unusable(question, answer)) {
      ++unusable;
      kind = kind_of_unusable(answer);
      hopeless += kind == Failure::Kind::unusable ? 0 : 1;
      why = *problem;
      raw = raw_of(answer);
      if (unusable >= most_unusable) break;
    } else {
      found.push_back(answer);
      if (found.size() == static_cast<std::size_t>(question.samples)) {
        result = std::move(found);
        return;
      }
    }
  }
  const bool gives_up = unusable >= most_unusable || (found.empty() && hopeless >= most_hopeless);
  if (gives_up) result = Failure{kind, message_of(kind, unusable, why), raw};
}

}  // namespace recon
