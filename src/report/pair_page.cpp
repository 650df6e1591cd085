#include "recon/report/pair_page.hpp"

#include "recon/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

constexpr std::size_t text_indent = 4;

std::string score_text(const std::optional<double>& score) {
  return score ? fmt::format("{:.2f}", *score) : "-";
}

std::string scores_text(const Score& score, const std::string& scorer) {
  if (scorer == "likelihood") return fmt::format("{:.4f} nats a token", score.overall);
  return fmt::format("overall {:.2f} (style {}, intent {}, values {})", score.overall,
                     score_text(score.style), score_text(score.intent), score_text(score.values));
}

void add_context(Page& page, const Pair& pair) {
  page.heading(fmt::format("Context ({}{})", counted(pair.context.size(), "turn"),
                           pair.context_gap() == ContextGap::none ? ""
                           : pair.context_gap() == ContextGap::after_first
                               ? "; words behind the first one are left out"
                               : "; earlier words are left out"));
  for (const Turn& turn : pair.context) {
    page.subheading(turn.author == pair.author ? turn.author + " (the person modelled)" : turn.author);
    page.text(turn.text, text_indent);
  }
  page.heading("The true action");
  page.text(pair.action, text_indent);
}

/// The methods that kept this candidate.
std::vector<std::string> kept_by(const PairRecords& records, int candidate) {
  std::vector<std::string> methods;
  for (const Trace& trace : records.traces) {
    if (trace.candidate != candidate) continue;
    methods.push_back(trace.copying ? trace.method + " (every candidate copies too much)" : trace.method);
  }
  return methods;
}

void add_candidate(Page& page, const PairRecords& records, const Candidate& candidate) {
  const std::vector<std::string> methods = kept_by(records, candidate.candidate);
  page.subheading(
      fmt::format("Candidate {}{}", candidate.candidate,
                  methods.empty() ? "" : fmt::format(" -- kept by {}", fmt::join(methods, ", "))));
  page.text(
      fmt::format("copies {:.0f} % of the action's words; by {}", 100 * candidate.copied, candidate.model),
      2);
  if (records.judgment) {
    const Judgment& judgment = *records.judgment;
    for (const Score& score : judgment.scores) {
      if (score.candidate == candidate.candidate)
        page.text(fmt::format("score: {}, by {}", scores_text(score, judgment.scorer), judgment.model), 2);
    }
    const auto place = std::find(judgment.order.begin(), judgment.order.end(), candidate.candidate);
    if (judgment.scorer == "llm" && place != judgment.order.end())
      page.text(fmt::format("shown to the judge as number {}", place - judgment.order.begin() + 1), 2);
  }
  page.text("reasoning:", 2);
  page.text(candidate.reasoning, text_indent);
  for (const Reconstruction& reconstruction : records.reconstructions) {
    if (reconstruction.candidate != candidate.candidate) continue;
    page.text(fmt::format("reconstructed action, by {}:", reconstruction.model), 2);
    page.text(reconstruction.action, text_indent);
  }
  page.blank();
}

void add_train(Page& page, const PairRecords& records) {
  page.heading(fmt::format("Candidates ({})", records.candidates.size()));
  if (records.candidates.empty()) page.text("none: the pair was not in scope, or synthesize has not run", 2);
  for (const Candidate& candidate : records.candidates) add_candidate(page, records, candidate);
  if (records.judgment && !records.judgment->why.empty()) {
    page.subheading(fmt::format("Why, in the words of {}", records.judgment->model));
    page.text(records.judgment->why, text_indent);
  }
  if (!records.judgment && !records.candidates.empty()) page.text("The candidates are not judged.");
  for (const Trace& trace : records.traces) {
    if (trace.candidate) continue;
    page.heading(fmt::format("The trace of {}", trace.method));
    page.text(trace.reasoning, text_indent);
  }
  page.heading(fmt::format("Neighbour of {} test pairs", records.used_by.size()));
  for (const PairRecords::UsedBy& use : records.used_by)
    page.text(fmt::format("{}  (number {}, similarity {:.4f})", use.test.str(), use.place, use.similarity),
              2);
}

std::string verdict_text(const Verdict& verdict) {
  const auto winner = [&](const std::optional<Outcome>& outcome) -> std::string {
    if (!outcome) return "-";
    if (*outcome == Outcome::a) return verdict.a;
    if (*outcome == Outcome::b) return verdict.b;
    return to_string(*outcome);
  };
  std::string text = fmt::format("{} against {}: {}", verdict.a, verdict.b, winner(verdict.overall));
  if (verdict.score_a && verdict.score_b)
    return text + fmt::format(" ({:.4f} and {:.4f} nats a token), by {}", *verdict.score_a, *verdict.score_b,
                              verdict.model);
  if (verdict.identical) return text + " (the same text; no judge was asked)";
  return text + fmt::format(" (style {}, intent {}, values {}); shown first: {}; by {}",
                            winner(verdict.style), winner(verdict.intent), winner(verdict.values),
                            winner(verdict.shown_first), verdict.model);
}

void add_test(Page& page, const PairRecords& records) {
  page.heading(fmt::format("Neighbours ({})", records.neighbors.size()));
  for (const Neighbor& neighbor : records.neighbors)
    page.text(fmt::format("{:.4f}  {}", neighbor.similarity, neighbor.pair_id.str()), 2);
  page.heading(fmt::format("Generated actions ({})", records.actions.size()));
  for (const Action& action : records.actions) {
    page.subheading(fmt::format("{}, by {}", action.method, action.model));
    page.text(action.action, text_indent);
  }
  page.heading(fmt::format("Verdicts ({})", records.verdicts.size()));
  for (const Verdict& verdict : records.verdicts) {
    page.text(verdict_text(verdict), 2);
    if (!verdict.why.empty()) page.text(fmt::format("why: {}", verdict.why), text_indent);
  }
}

}  // namespace

std::string pair_page(const PairRecords& records, PageStyle style) {
  Page page(style);
  const Pair& pair = records.pair;
  page.heading(pair.pair_id.str());
  page.text(fmt::format("{} ({}), {}, session {}, turn {}, split {}", pair.author, pair.user.str(),
                        pair.domain, pair.session_id.str(), pair.turn, to_string(pair.split)));
  add_context(page, pair);
  if (pair.is_test()) {
    add_test(page, records);
  } else {
    add_train(page, records);
  }
  if (!records.rejects.empty()) {
    page.heading(fmt::format("Rejects ({})", records.rejects.size()));
    for (const Reject& reject : records.rejects)
      page.text(fmt::format("{}: {}: {}", reject.stage, reject.subject.text(), reject.describe()), 2);
  }
  if (!records.missing.empty()) {
    page.blank();
    page.text(fmt::format("Not there yet: {}", fmt::join(records.missing, ", ")));
  }
  return page.str();
}

}  // namespace recon
