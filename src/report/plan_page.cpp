#include "recon/report/plan_page.hpp"

#include "recon/report/page.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "text_table.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

std::string number(std::size_t value) { return grouped(static_cast<std::int64_t>(value)); }

std::string price(const PlannedModel& model, const PlannedAmount& amount) {
  if (model.local) return "free";
  return model.priced ? dollars(amount.usd) : "?";
}

std::vector<std::string> row_of(const PlannedStage& stage, const PlannedModel& model) {
  return {fmt::format("{}: {}", stage.stage, model.model),
          number(model.questions),
          number(model.stored),
          number(model.repeated),
          number(model.to_ask),
          number(model.expected.calls),
          grouped(model.expected.prompt_tokens),
          grouped(model.expected.reply_tokens),
          price(model, model.expected),
          number(model.worst.calls),
          grouped(model.worst.prompt_tokens),
          grouped(model.worst.reply_tokens),
          price(model, model.worst)};
}

std::vector<std::string> total_row(const Plan& plan) {
  std::size_t questions = 0, stored = 0, repeated = 0, to_ask = 0;
  for (const PlannedStage& stage : plan.stages) {
    for (const PlannedModel& model : stage.models) {
      questions += model.questions;
      stored += model.stored;
      repeated += model.repeated;
      to_ask += model.to_ask;
    }
  }
  const std::string more = plan.all_priced() ? "" : " + ?";
  return {"in all",
          number(questions),
          number(stored),
          number(repeated),
          number(to_ask),
          number(plan.expected.calls),
          grouped(plan.expected.prompt_tokens),
          grouped(plan.expected.reply_tokens),
          dollars(plan.expected.usd) + more,
          number(plan.worst.calls),
          grouped(plan.worst.prompt_tokens),
          grouped(plan.worst.reply_tokens),
          dollars(plan.worst.usd) + more};
}

void add_budget(const Plan& plan, std::vector<std::string>& notes) {
  if (!plan.refused.empty()) notes.push_back(fmt::format("a run refuses this config: {}", plan.refused));
  const auto fits = [&](bool yes) {
    if (!plan.refused.empty()) return "nothing is asked before that is mended";
    return yes ? "the worst case fits" : "the worst case does not fit: the run may stop before its end";
  };
  if (plan.budget.usd) {
    const double left = *plan.budget.usd - plan.spent.usd;
    notes.push_back(fmt::format("budget_usd: {} of {} spent by this run, {} left; {}",
                                dollars(plan.spent.usd), dollars(*plan.budget.usd), dollars(left),
                                fits(plan.worst.usd <= left)));
  }
  if (plan.budget.tokens) {
    const std::int64_t left = *plan.budget.tokens - plan.spent.tokens;
    notes.push_back(fmt::format("budget_tokens: {} of {} used by this run, {} left; {}",
                                grouped(plan.spent.tokens), grouped(*plan.budget.tokens), grouped(left),
                                fits(plan.worst.prompt_tokens + plan.worst.reply_tokens <= left)));
  }
}

/// Stages that would run, by reason.
void add_reasons(const Plan& plan, std::vector<std::string>& notes) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const PlannedStage& stage : plan.stages) {
    if (!stage.reason) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& entry) { return entry.first == *stage.reason; });
    (same == reasons.end() ? reasons.emplace_back(*stage.reason, std::vector<std::string>{}) : *same)
        .second.push_back(stage.stage);
  }
  for (const auto& [reason, stages] : reasons)
    notes.push_back(fmt::format("would run ({}): {}", reason, fmt::join(stages, ", ")));
}

std::vector<std::string> notes_of(const Plan& plan) {
  std::vector<std::string> notes;
  add_reasons(plan, notes);
  std::set<std::string> unpriced;
  for (const PlannedStage& stage : plan.stages) {
    for (const PlannedModel& model : stage.models) {
      if (model.refused > 0) {
        notes.push_back(
            fmt::format("{}: {}{} questions to '{}' would be refused, not asked, and cost nothing; "
                        "the first: {}",
                        stage.stage, model.refusal_provisional ? "as things stand, with placeholders, " : "",
                        number(model.refused), model.model, model.refusal));
      }
      if (!model.priced && model.worst.calls > 0) unpriced.insert(model.model);
      if (model.computed > 0)
        notes.push_back(fmt::format("{}: {} embeddings are computed by recon itself", stage.stage,
                                    number(model.computed)));
    }
  }
  if (plan.worst.calls > 0) {
    notes.emplace_back(
        "Worst case: prompts a quarter above the token rule, replies as long as they can get, every sample a "
        "call of its own. Unusable replies asked again (at most 5 a question) are not in it; a budget holds "
        "in any case.");
  }
  for (const auto& [model, tokens] : plan.guessed) {
    notes.push_back(
        fmt::format("'{}': neither max_tokens nor context_window bounds a reply; {} tokens are "
                    "taken as the longest",
                    model, grouped(tokens)));
  }
  if (!unpriced.empty())
    notes.push_back(fmt::format("No price in the config: {}", fmt::join(unpriced, ", ")));
  add_budget(plan, notes);
  return notes;
}

TextTable savings_table(const PromptTokens& tokens) {
  TextTable table{"Prompt tokens, and what saves them", {"", "tokens", "%"}, {}, {}};
  const auto add = [&](const std::string& name, std::int64_t count) {
    const double share =
        tokens.all > 0 ? 100 * static_cast<double>(count) / static_cast<double>(tokens.all) : 0;
    table.rows.push_back({name, grouped(count), fmt::format("{:.1f}", share)});
  };
  add("every sample a call of its own", tokens.all);
  add("  saved: answers in the store", -tokens.stored);
  add("  saved: equal questions asked once", -tokens.repeated);
  add("  saved: several samples in one request (n)", -tokens.several);
  add("to be sent", tokens.sent);
  add("  of these, shared with the prompt before it", tokens.shared);
  table.notes.emplace_back(
      "What a prompt shares with the one sent before it costs less, or no time, where the server keeps a "
      "prefix cache; prices above do not count on it.");
  return table;
}

Json amount_json(const PlannedAmount& amount, bool priced) {
  return {{"calls", amount.calls},
          {"prompt_tokens", amount.prompt_tokens},
          {"reply_tokens", amount.reply_tokens},
          {"usd", priced ? Json(amount.usd) : Json(nullptr)}};
}

Json stage_json(const PlannedStage& stage) {
  Json models = Json::array();
  std::size_t refused = 0;
  for (const PlannedModel& model : stage.models) {
    refused += model.refused;
    models.push_back({{"model", model.model},
                      {"local", model.local},
                      {"questions", model.questions},
                      {"computed", model.computed},
                      {"stored", model.stored},
                      {"repeated", model.repeated},
                      {"refused", model.refused},
                      {"refusal", model.refusal},
                      {"refusal_provisional", model.refusal_provisional},
                      {"to_ask", model.to_ask},
                      {"expected", amount_json(model.expected, model.priced)},
                      {"worst", amount_json(model.worst, model.priced)}});
  }
  return {{"stage", stage.stage},
          {"runs_because", stage.reason ? Json(*stage.reason) : Json(nullptr)},
          {"records", stage.records},
          {"refused", refused},
          {"models", std::move(models)}};
}

}  // namespace

std::string plan_text(const Plan& plan) {
  TextTable table{"Plan",
                  {"", "questions", "in store", "repeated", "to ask", "calls", "prompt tokens",
                   "reply tokens", "USD", "worst: calls", "prompt tokens", "reply tokens", "USD"},
                  {},
                  notes_of(plan)};
  for (const PlannedStage& stage : plan.stages) {
    for (const PlannedModel& model : stage.models) table.rows.push_back(row_of(stage, model));
    if (!stage.models.empty()) continue;
    std::vector<std::string> row(table.header.size(), "-");
    row.front() = fmt::format("{}: {}", stage.stage, stage.reason ? "asks no model" : "up to date");
    table.rows.push_back(std::move(row));
  }
  table.rows.push_back(total_row(plan));
  std::string text = plain_text(table);
  if (plan.tokens.all > 0) text += "\n" + plain_text(savings_table(plan.tokens));
  return text;
}

Json plan_json(const Plan& plan) {
  Json stages = Json::array();
  for (const PlannedStage& stage : plan.stages) stages.push_back(stage_json(stage));
  const auto optional = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"stages", std::move(stages)},
          {"expected", amount_json(plan.expected, plan.all_priced())},
          {"worst", amount_json(plan.worst, plan.all_priced())},
          {"prompt_tokens",
           {{"all", plan.tokens.all},
            {"stored", plan.tokens.stored},
            {"repeated", plan.tokens.repeated},
            {"several_in_one_request", plan.tokens.several},
            {"sent", plan.tokens.sent},
            {"shared_with_the_prompt_before", plan.tokens.shared}}},
          {"budget", {{"usd", optional(plan.budget.usd)}, {"tokens", optional(plan.budget.tokens)}}},
          {"spent", {{"usd", plan.spent.usd}, {"tokens", plan.spent.tokens}}},
          {"run_refused_because", plan.refused.empty() ? Json(nullptr) : Json(plan.refused)},
          {"longest_reply_guessed", plan.guessed}};
}

}  // namespace recon
