#include "made_up.hpp"

#include "recon/core/digest.hpp"
#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::int64_t usual_reply = 256;
constexpr std::int64_t longest_guess = 1024;
/// Of a text alone that nothing is known of: max_tokens often leaves room for thinking.
constexpr std::int64_t long_text = 512;
/// Enough to know how long texts are.
constexpr std::int64_t texts_learned = 64;

/// What makes an answer differ from every other one.
Digest mark_of(const Question& question, int sample) {
  DigestBuilder builder;
  builder.field("made up").field(question.model).field(question.purpose);
  builder.number(static_cast<std::uint64_t>(sample));
  match(
      question.request,
      [&](const ChatRequest& chat) {
        for (const Message& message : chat.messages) builder.field(message.content);
      },
      [](const ScoreRequest&) {}, [&](const EmbedRequest& embed) { builder.field(embed.text); });
  return builder.finish();
}

/// Text of that many tokens by the project's rule: words of six letters, each one token. The first ones carry
/// the mark.
std::string text_of_length(const Digest& mark, std::int64_t tokens) {
  constexpr std::string_view filler = "filler";
  constexpr std::size_t marked_words = 4;
  std::string text;
  text.reserve(static_cast<std::size_t>(tokens) * (filler.size() + 1));
  for (std::int64_t word = 0; word < tokens; ++word) {
    if (word > 0) text += ' ';
    const auto place = static_cast<std::size_t>(word) * filler.size();
    if (static_cast<std::size_t>(word) < marked_words) {
      for (std::size_t i = 0; i < filler.size(); ++i)
        text += static_cast<char>('a' + mark.bytes().at(place + i) % 26);
    } else {
      text += filler;
    }
  }
  return text;
}

std::vector<float> unit_vector(const Digest& mark, std::size_t dimensions) {
  std::vector<float> vector;
  vector.reserve(dimensions);
  double square = 0;
  Digest block = mark;
  while (vector.size() < dimensions) {
    block = DigestBuilder().field(block.hex()).finish();
    for (const std::uint8_t byte : block.bytes()) {
      if (vector.size() == dimensions) break;
      const double value = (static_cast<double>(byte) - 127.5) / 127.5;
      vector.push_back(static_cast<float>(value));
      square += value * value;
    }
  }
  const double norm = std::sqrt(square);
  for (float& value : vector) value = static_cast<float>(static_cast<double>(value) / norm);
  return vector;
}

}  // namespace

std::optional<double> MadeUpAnswers::mean_of(const Question& question) {
  const auto [found, is_new] = means_.try_emplace({question.model, question.purpose});
  if (is_new && store_ != nullptr)
    found->second = store_->mean_completion_tokens(identity_(question.model), question.purpose);
  return found->second;
}

std::int64_t MadeUpAnswers::longest(const Question& question, const ChatRequest& chat) {
  const ModelConfig& model = config_.model(question.model, "models");
  if (const auto most = most_reply_tokens(chat, model)) return *most;
  // No guess is below what replies are known to be.
  std::int64_t& guess = guessed_[question.model];
  guess =
      std::max<std::int64_t>({guess, longest_guess, std::llround(std::ceil(mean_of(question).value_or(0)))});
  return guess;
}

std::int64_t MadeUpAnswers::reply_tokens(const Question& question) {
  return match(
      question.request, [&](const ChatRequest& chat) { return chat_tokens(question, chat); },
      [](const ScoreRequest&) { return std::int64_t{1}; },
      [](const EmbedRequest&) { return std::int64_t{0}; });
}

std::int64_t MadeUpAnswers::chat_tokens(const Question& question, const ChatRequest& chat) {
  const std::int64_t most = longest(question, chat);
  if (length_ == ReplyLength::longest) return most;
  std::int64_t tokens = usual_reply;
  if (const auto mean = mean_of(question)) {
    tokens = std::llround(*mean);
  } else if (!question.sample_reply.empty()) {
    tokens = static_cast<std::int64_t>(count_tokens(question.sample_reply));
  } else if (chat.sampling.max_tokens) {
    tokens = *chat.sampling.max_tokens / 2;
  }
  return std::clamp<std::int64_t>(tokens, 1, std::max<std::int64_t>(most, 1));
}

void MadeUpAnswers::learn(const QuestionEvent& met) {
  const bool is_text = match(
      met.question.request, [](const ChatRequest&) { return true; },
      [](const ScoreRequest&) { return false; }, [](const EmbedRequest&) { return false; });
  const bool tells = is_text && length_ == ReplyLength::expected && store_ != nullptr && met.stored > 0;
  if (!tells) return;
  Texts& texts = texts_[{met.question.model, met.question.purpose}];
  if (texts.settled || texts.count >= texts_learned) return;
  for (const StoredAnswer& stored : store_->answers(met.digest)) {
    match(
        stored.answer,
        [&](const ChatAnswer& chat) {
          ++texts.count;
          texts.tokens += static_cast<std::int64_t>(count_tokens(chat.text));
          learned_late_ = learned_late_ || texts.made_up;
        },
        [](const ScoreAnswer&) {}, [](const EmbedAnswer&) {});
  }
}

void MadeUpAnswers::start_stage() {
  learned_late_ = false;
  for (auto& [kind, texts] : texts_) {
    texts.settled = texts.count > 0;
    texts.made_up = false;
  }
}

/// Of the text alone.
std::int64_t MadeUpAnswers::text_tokens(const Question& question) {
  std::int64_t tokens = reply_tokens(question);
  Texts& texts = texts_[{question.model, question.purpose}];
  texts.made_up = true;
  if (texts.count > 0) {
    tokens = std::min(tokens, texts.tokens / texts.count);
  } else if (length_ == ReplyLength::expected) {
    tokens = std::min(tokens, long_text);
  }
  return std::max<std::int64_t>(tokens, 1);
}

Answer MadeUpAnswers::answer(const Question& question, int sample) {
  return match(
      question.request,
      [&](const ChatRequest&) -> Answer {
        if (!question.sample_reply.empty()) return ChatAnswer{question.sample_reply, "", Finish::stop};
        return ChatAnswer{text_of_length(mark_of(question, sample), text_tokens(question)), "", Finish::stop};
      },
      [](const ScoreRequest& score) -> Answer {
        const auto tokens = static_cast<std::int64_t>(count_tokens(score.continuation));
        return ScoreAnswer{-static_cast<double>(tokens), tokens};
      },
      [&](const EmbedRequest&) -> Answer {
        ++embeddings_made_;
        return EmbedAnswer{unit_vector(mark_of(question, sample), dimensions_)};
      });
}

}  // namespace recon
