#include "plan_tally.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>

namespace recon {
namespace {

/// Tokenizers differ: what the project's rule may miss of a prompt, as a divisor.
constexpr std::int64_t worst_margin = 4;

const std::vector<Message>* messages_of(const Request& request) {
  using Messages = const std::vector<Message>*;
  return match(
      request, [](const ChatRequest& chat) -> Messages { return &chat.messages; },
      [](const ScoreRequest& score) -> Messages { return &score.messages; },
      [](const EmbedRequest&) -> Messages { return nullptr; });
}

std::int64_t tokens_of(std::string_view text) { return static_cast<std::int64_t>(count_tokens(text)); }

/// The sum of the largest ones.
template <class Number>
Number sum_of_largest(const std::map<std::string, PlannedAmount>& pairs, std::size_t most,
                      Number PlannedAmount::*measure) {
  std::vector<Number> numbers;
  numbers.reserve(pairs.size());
  for (const auto& [pair, amount] : pairs) numbers.push_back(amount.*measure);
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  numbers.resize(std::min(most, numbers.size()));
  return std::accumulate(numbers.begin(), numbers.end(), Number{});
}

}  // namespace

bool ScopeBound::concerns(const QuestionEvent& met) const {
  if (examples_alone) return met.question.purpose == "leak";
  return !tests.contains(met.task.pair.str());
}

std::int64_t shared_prompt_tokens(const std::vector<Message>& a, const std::vector<Message>& b) {
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].role != b[i].role) break;
    const std::string_view left = a[i].content;
    const std::string_view right = b[i].content;
    const auto end = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    tokens += tokens_of(left.substr(0, static_cast<std::size_t>(end.first - left.begin())));
    if (end.first != left.end() || end.second != right.end()) break;
  }
  return tokens;
}

void PlanTally::start_stage() {
  for (const Digest& question : new_questions_) samples_.erase(question);
  new_questions_.clear();
  models_.clear();
  tokens_ = tokens_before_;
  last_sent_.clear();
  in_doubt_.clear();
}

void PlanTally::end_stage() {
  count_dearest();
  new_questions_.clear();
  tokens_before_ = tokens_;
}

PlannedModel& PlanTally::entry_of(const std::string& model) {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const PlannedModel& entry) { return entry.model == model; });
  if (found != models_.end()) return *found;
  const ModelConfig& config = config_.model(model, "models");
  PlannedModel entry;
  entry.model = model;
  entry.local = config.provider != "openai";
  entry.priced = entry.local || config.has_price;
  models_.push_back(std::move(entry));
  return models_.back();
}

void PlanTally::meet(const QuestionEvent& met, bool trusts_equals) {
  const Question& question = met.question;
  if (counts_ && !counts_(question)) return;
  PlannedModel& entry = entry_of(question.model);
  ++entry.questions;
  if (config_.model(question.model, "models").provider == "hashing") {
    ++entry.computed;
    return;
  }
  if (met.refused != nullptr) {
    if (++entry.refused == 1) entry.refusal = met.refused->message;
    return;
  }
  const std::int64_t prompt = estimated_prompt_tokens(question.request);
  tokens_.all += prompt * question.samples;
  if (met.settled && trusts_equals) {
    ++entry.stored;
    tokens_.stored += prompt * question.samples;
    return;
  }
  const bool in_doubt = bound_ && bound_->concerns(met);
  const int known = trusts_equals ? known_samples(met, prompt, in_doubt) : 0;
  if (known == question.samples) {
    ++entry.repeated;
    return;
  }
  const PlannedAmount amount = ask(entry, question, prompt, question.samples - known);
  if (in_doubt) {
    const std::string& pair = met.task.pair.str();
    const std::string user = pair.substr(0, pair.find('/'));
    in_doubt_[question.model][user][pair] += amount;
  } else {
    (length_ == ReplyLength::longest ? entry.worst : entry.expected) += amount;
  }
}

/// How many samples are stored or asked for by an equal question before.
int PlanTally::known_samples(const QuestionEvent& met, std::int64_t prompt, bool in_doubt) {
  const int samples = met.question.samples;
  const auto [planned, is_new] = samples_.try_emplace(met.digest, met.stored);
  if (is_new) new_questions_.push_back(met.digest);
  const int stored = std::min(met.stored, samples);
  // Of two equal questions the one that is in scope may be the later one: both count as asked.
  const int known = in_doubt ? stored : std::clamp(planned->second, stored, samples);
  tokens_.stored += prompt * stored;
  tokens_.repeated += prompt * (known - stored);
  planned->second = std::max(planned->second, samples);
  return known;
}

/// Each measure by itself, so that whatever pairs the scope comes to hold, none of them exceeds its bound.
void PlanTally::count_dearest() {
  for (const auto& [model, users] : in_doubt_) {
    PlannedAmount& worst = entry_of(model).worst;
    for (const auto& [user, pairs] : users) {
      const auto found = bound_->most.find(user);
      const std::size_t most = found == bound_->most.end() ? 0 : found->second;
      worst += {sum_of_largest(pairs, most, &PlannedAmount::calls),
                sum_of_largest(pairs, most, &PlannedAmount::prompt_tokens),
                sum_of_largest(pairs, most, &PlannedAmount::reply_tokens),
                sum_of_largest(pairs, most, &PlannedAmount::usd)};
    }
  }
  in_doubt_.clear();
}

PlannedAmount PlanTally::ask(PlannedModel& entry, const Question& question, std::int64_t prompt,
                             int missing) {
  ++entry.to_ask;
  tokens_.several += prompt * (missing - 1);
  tokens_.sent += prompt;
  tokens_.shared += shared_with_last(question);
  const ModelConfig& model = config_.model(question.model, "models");
  // What is longer is cut (embedders) or refused.
  const auto at_most_the_window = [&](std::int64_t tokens) {
    return model.context_window > 0 ? std::min<std::int64_t>(tokens, model.context_window) : tokens;
  };
  PlannedAmount amount;
  amount.calls = 1;
  amount.prompt_tokens = at_most_the_window(prompt);
  if (length_ == ReplyLength::longest) {
    const std::int64_t shown = prompt + estimated_attached_tokens(question.request);
    amount.calls = static_cast<std::size_t>(missing);
    amount.prompt_tokens = at_most_the_window(shown + (shown + worst_margin - 1) / worst_margin) * missing;
    amount.reply_tokens = answers_.reply_tokens(question) * most_replies(question.request, 1) * missing;
  } else {
    amount.reply_tokens = answers_.reply_tokens(question) * missing;
  }
  amount.usd = usd_of({amount.prompt_tokens, 0, amount.reply_tokens, 0}, model);
  return amount;
}

std::int64_t PlanTally::shared_with_last(const Question& question) {
  const std::vector<Message>* messages = messages_of(question.request);
  if (messages == nullptr) return 0;
  std::vector<Message>& last = last_sent_[question.model];
  const std::int64_t shared = shared_prompt_tokens(last, *messages);
  last = *messages;
  return shared;
}

}  // namespace recon
