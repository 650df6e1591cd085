#include "recon/core/jsonl.hpp"
#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/judges/replies.hpp"
#include "recon/methods/selection.hpp"
#include "recon/model/price.hpp"
#include "recon/records/run_directory.hpp"
#include "recon/stages/artifacts.hpp"
#include "recon/stages/stage.hpp"
#include "recon/workflow/prompt_trial.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace recon {
namespace {

/// A mean of what there is.
struct Mean {
  double sum = 0;
  std::size_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  void add(const std::optional<double>& value) {
    if (value) add(*value);
  }
  [[nodiscard]] std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

const std::vector<Answer>* answers_of(const TriedQuestion& tried) {
  return tried.result ? std::get_if<std::vector<Answer>>(&*tried.result) : nullptr;
}

std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] <= values[order[begin]]) ++end;
    const double shared = static_cast<double>(begin + end - 1) / 2;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = shared;
    begin = end;
  }
  return ranks;
}

/// The listwise judge's scores in the order shown; empty where there is no usable reply.
std::vector<Score> scores_of(const TriedQuestion& tried) {
  const auto* answers = answers_of(tried);
  if (answers == nullptr) return {};
  auto parsed = listwise_reply_of(answers->front(), tried.question.candidates_shown);
  auto* reply = std::get_if<ListwiseReply>(&parsed);
  return reply == nullptr ? std::vector<Score>{} : std::move(reply->scores);
}

std::vector<double> overall_of(const std::vector<Score>& scores) {
  std::vector<double> overall;
  overall.reserve(scores.size());
  for (const Score& score : scores) overall.push_back(score.overall);
  return overall;
}

std::optional<Outcome> verdict_of(const TriedQuestion& tried) {
  const auto* answers = answers_of(tried);
  if (answers == nullptr) return std::nullopt;
  const auto parsed = pairwise_reply_of(answers->front());
  const auto* reply = std::get_if<PairwiseReply>(&parsed);
  return reply == nullptr ? std::nullopt : std::optional(reply->overall);
}

/// By place shown: how likely it is the choice when one of the best is drawn. Of equal scores none comes out
/// best by where it stands.
std::vector<double> shares_of_best(const std::vector<double>& scores) {
  const double best = *std::max_element(scores.begin(), scores.end());
  const auto count = std::count_if(scores.begin(), scores.end(), [&](double score) { return score >= best; });
  std::vector<double> shares;
  shares.reserve(scores.size());
  for (const double score : scores) shares.push_back(score >= best ? 1 / static_cast<double>(count) : 0);
  return shares;
}

std::map<std::string, Pair> read_chosen(const RunConfig& config, const std::vector<std::string>& ids) {
  std::map<std::string, Pair> chosen;
  const RunDirectory directory(config.run_dir, RunDirectory::Access::look);
  for_each_record<Pair>(directory.file(file_name_of("pairs")), [&](Pair&& pair) {
    const std::string id = pair.pair_id.str();
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) chosen.emplace(id, std::move(pair));
  });
  return chosen;
}

std::string context_text(const Pair& pair) {
  std::string text;
  for (const Turn& turn : pair.context) text += turn.text + "\n";
  return text;
}

void measure_costs(const RunConfig& config, const PromptTrial& trial, PromptSide& side) {
  side.questions = trial.questions.size();
  side.usd_paid = trial.asked.usd;
  for (const TriedQuestion& tried : trial.questions) {
    if (!tried.refused.empty()) {
      ++side.failed;
      continue;
    }
    side.unusable += tried.unusable;
    std::int64_t reply = 0;
    if (const auto* answers = answers_of(tried)) {
      for (const Answer& answer : *answers) {
        reply += match(
            answer,
            [](const ChatAnswer& chat) {
              return static_cast<std::int64_t>(count_tokens(chat.text) + count_tokens(chat.reasoning));
            },
            [](const ScoreAnswer&) { return std::int64_t{0}; },
            [](const EmbedAnswer&) { return std::int64_t{0}; });
      }
    } else {
      ++side.failed;
    }
    side.prompt_tokens += tried.prompt_tokens;
    side.reply_tokens += reply;
    side.usd += usd_of({tried.prompt_tokens, 0, reply, 0}, config.model(tried.question.model, "models"));
  }
}

void measure_scores(const PromptTrial& trial, PromptSide& side) {
  Mean mean, place, first;
  for (const TriedQuestion& tried : trial.questions) {
    const std::vector<double> scores = overall_of(scores_of(tried));
    if (scores.empty()) continue;
    for (const double score : scores) mean.add(score);
    std::vector<double> places(scores.size());
    std::iota(places.begin(), places.end(), 1.0);
    place.add(rank_correlation(scores, places));
    first.add(shares_of_best(scores).front());
  }
  side.mean_score = mean.value();
  side.place_correlation = place.value();
  side.first_best = first.value();
}

void measure_verdicts(const PromptTrial& trial, PromptSide& side) {
  Mean first;
  for (const TriedQuestion& tried : trial.questions) {
    const auto verdict = verdict_of(tried);
    if (verdict == Outcome::a || verdict == Outcome::b) first.add(verdict == Outcome::a ? 1 : 0);
  }
  side.first_best = first.value();
}

void measure_texts(const PromptTrial& trial, const std::map<std::string, Pair>& pairs, PromptSide& side) {
  Mean words, copied;
  for (const TriedQuestion& tried : trial.questions) {
    const auto* answers = answers_of(tried);
    if (answers == nullptr) continue;
    const auto pair = pairs.find(tried.subject.pair.str());
    for (const Answer& answer : *answers) {
      const std::string text = plain_text_of(answer);
      words.add(static_cast<double>(count_words(text)));
      if (pair == pairs.end()) continue;
      copied.add(verbatim_overlap(text, pair->second.action, context_text(pair->second)));
    }
  }
  side.words = words.value();
  side.copied = copied.value();
}

PromptSide side_of(const RunConfig& config, PromptName prompt, const PromptTrial& trial,
                   const std::map<std::string, Pair>& pairs,
                   const std::optional<std::filesystem::path>& file) {
  PromptSide side;
  side.name = file ? file->string() : "current";
  measure_costs(config, trial, side);
  if (prompt == PromptName::judge_listwise) {
    measure_scores(trial, side);
  } else if (prompt == PromptName::judge_pairwise) {
    measure_verdicts(trial, side);
  } else if (prompt != PromptName::leak) {
    measure_texts(trial, pairs, side);
  }
  return side;
}

/// Both sides ask the same questions in the same order, whatever the template. Among equally good candidates
/// the choice is drawn as `select` draws it: by seed and pair, alike for both sides.
void measure_agreement(PromptComparison& comparison, std::uint64_t seed) {
  Mean ranks, equal;
  const auto& a = comparison.tried_a.questions;
  const auto& b = comparison.tried_b.questions;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (comparison.prompt == PromptName::judge_listwise) {
      const std::vector<Score> of_a = scores_of(a[i]);
      const std::vector<Score> of_b = scores_of(b[i]);
      if (of_a.empty() || of_a.size() != of_b.size()) continue;
      ranks.add(rank_correlation(overall_of(of_a), overall_of(of_b)));
      const std::size_t best_of_a = best_score(of_a, seed, a[i].subject.pair.str()).place;
      equal.add(best_of_a == best_score(of_b, seed, b[i].subject.pair.str()).place ? 1 : 0);
    } else if (comparison.prompt == PromptName::judge_pairwise) {
      const auto of_a = verdict_of(a[i]);
      const auto of_b = verdict_of(b[i]);
      if (of_a && of_b) equal.add(*of_a == *of_b ? 1 : 0);
    }
  }
  comparison.rank_correlation = ranks.value();
  comparison.equal_choices = equal.value();
}

}  // namespace

std::optional<double> rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size() || a.size() < 2) return std::nullopt;
  const std::vector<double> ranks_a = ranks_of(a);
  const std::vector<double> ranks_b = ranks_of(b);
  const double mean = static_cast<double>(a.size() - 1) / 2;  // of ranks 0..n-1, shared ones too
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += (ranks_a[i] - mean) * (ranks_b[i] - mean);
    square_a += (ranks_a[i] - mean) * (ranks_a[i] - mean);
    square_b += (ranks_b[i] - mean) * (ranks_b[i] - mean);
  }
  if (square_a <= 0 || square_b <= 0) return std::nullopt;
  return product / std::sqrt(square_a * square_b);
}

PromptComparison compare_prompts(const PromptTrials& trials, const RunConfig& config, PromptName prompt,
                                 const std::optional<std::filesystem::path>& a,
                                 const std::optional<std::filesystem::path>& b,
                                 const std::vector<std::string>& pairs) {
  PromptComparison comparison;
  comparison.prompt = prompt;
  comparison.pairs = pairs;
  // Both are rendered before anything is asked: a broken template costs nothing.
  comparison.tried_a = trials.render(prompt, a, pairs, 1);
  comparison.tried_b = trials.render(prompt, b, pairs, 1);
  trials.ask(comparison.tried_a);
  trials.ask(comparison.tried_b);
  const std::map<std::string, Pair> chosen = read_chosen(config, pairs);
  comparison.a = side_of(config, prompt, comparison.tried_a, chosen, a);
  comparison.b = side_of(config, prompt, comparison.tried_b, chosen, b);
  measure_agreement(comparison, config.seed);
  return comparison;
}

}  // namespace recon
