#include "plan_tally.hpp"

#include "recon/core/text.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <string_view>

namespace recon {
namespace {

/// Tokenizers differ: what the project's rule may miss of a prompt, as a divisor.
constexpr std::int64_t worst_margin = 4;

const std::vector<Message>* messages_of(const Request& request) {
  if (const auto* chat = std::get_if<ChatRequest>(&request)) return &chat->messages;
  if (const auto* score = std::get_if<ScoreRequest>(&request)) return &score->messages;
  return nullptr;
}

std::int64_t tokens_of(std::string_view text) { return static_cast<std::int64_t>(count_tokens(text)); }

}  // namespace

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
  known_failures_ = 0;
  tokens_ = tokens_before_;
  last_sent_.clear();
}

void PlanTally::end_stage() {
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

void PlanTally::meet(const MetQuestion& met) {
  const Question& question = met.question;
  PlannedModel& entry = entry_of(question.model);
  ++entry.questions;
  if (config_.model(question.model, "models").provider == "hashing") {
    ++entry.computed;
    return;
  }
  const std::int64_t prompt = estimated_prompt_tokens(question.request);
  tokens_.all += prompt * question.samples;
  if (met.settled) {
    ++entry.stored;
    known_failures_ += met.stored < question.samples ? 1 : 0;
    tokens_.stored += prompt * question.samples;
    return;
  }
  const auto [planned, is_new] = samples_.try_emplace(met.digest, met.stored);
  if (is_new) new_questions_.push_back(met.digest);
  const int stored = std::min(met.stored, question.samples);
  const int known = std::clamp(planned->second, stored, question.samples);
  tokens_.stored += prompt * stored;
  tokens_.repeated += prompt * (known - stored);
  if (known == question.samples) {
    ++entry.repeated;
    return;
  }
  planned->second = question.samples;
  ask(entry, question, prompt, question.samples - known);
}

void PlanTally::ask(PlannedModel& entry, const Question& question, std::int64_t prompt, int missing) {
  ++entry.to_ask;
  tokens_.several += prompt * (missing - 1);
  tokens_.sent += prompt;
  tokens_.shared += shared_with_last(question);
  const ModelConfig& model = config_.model(question.model, "models");
  PlannedAmount amount;
  amount.calls = 1;
  amount.prompt_tokens = prompt;
  if (length_ == ReplyLength::longest) {
    std::int64_t most = prompt + (prompt + worst_margin - 1) / worst_margin;
    if (model.context_window > 0) most = std::min<std::int64_t>(most, model.context_window);
    amount.calls = static_cast<std::size_t>(missing);
    amount.prompt_tokens = most * missing;
  }
  amount.reply_tokens = answers_.reply_tokens(question) * missing;
  amount.usd = usd_of({amount.prompt_tokens, 0, amount.reply_tokens, 0}, model);
  (length_ == ReplyLength::longest ? entry.worst : entry.expected) += amount;
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
