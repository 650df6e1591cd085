#include "recon/report/prompt_page.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/judges/replies.hpp"
#include "recon/model/price.hpp"
#include "recon/stages/stage.hpp"

#include <algorithm>

#include "text_table.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

void add_messages(Page& page, const std::vector<Message>& messages) {
  for (const Message& message : messages) {
    page.subheading(fmt::format("[{}]", to_string(message.role)));
    page.text(message.content);
  }
}

void add_request(Page& page, const Request& request) {
  match(
      request, [&](const ChatRequest& chat) { add_messages(page, chat.messages); },
      [&](const ScoreRequest& score) {
        add_messages(page, score.messages);
        page.subheading("[to be scored]");
        page.text(score.continuation);
      },
      [&](const EmbedRequest& embed) { page.text(embed.text); });
}

std::string judged_text(const Answer& answer, std::size_t candidates) {
  const auto parsed = listwise_reply_of(answer, candidates);
  if (const auto* problem = std::get_if<std::string>(&parsed)) return *problem;
  std::string text;
  for (const Score& score : std::get<ListwiseReply>(parsed).scores) {
    text += fmt::format("shown as {}: overall {:.2f}, style {:.2f}, intent {:.2f}, values {:.2f}\n",
                        score.candidate + 1, score.overall, score.style.value_or(0), score.intent.value_or(0),
                        score.values.value_or(0));
  }
  return text;
}

std::string verdict_text(const Answer& answer) {
  const auto parsed = pairwise_reply_of(answer);
  if (const auto* problem = std::get_if<std::string>(&parsed)) return *problem;
  const auto& verdict = std::get<PairwiseReply>(parsed);
  return fmt::format("overall {}, style {}, intent {}, values {} (a was shown first)",
                     to_string(verdict.overall), to_string(verdict.style), to_string(verdict.intent),
                     to_string(verdict.values));
}

void add_reply(Page& page, const ChatAnswer& chat) {
  if (!chat.reasoning.empty()) {
    page.text("thinking:", 2);
    page.text(chat.reasoning, 4);
  }
  page.text("reply:", 2);
  page.text(chat.text, 4);
}

void add_answer(Page& page, PromptName prompt, const Question& question, const Answer& answer) {
  match(
      answer, [&](const ChatAnswer& chat) { add_reply(page, chat); },
      [&](const ScoreAnswer& score) {
        page.text(fmt::format("{:.4f} nats a token over {} tokens", score.per_token(), score.tokens), 2);
      },
      [](const EmbedAnswer&) {});
  const bool judges = prompt == PromptName::judge_listwise || prompt == PromptName::judge_pairwise;
  if (!judges) return;
  page.text("read as:", 2);
  page.text(prompt == PromptName::judge_listwise ? judged_text(answer, question.candidates_shown)
                                                 : verdict_text(answer),
            4);
}

void add_result(Page& page, PromptName prompt, const TriedQuestion& tried) {
  if (const auto* failure = std::get_if<Failure>(&*tried.result)) {
    page.text(fmt::format("failed: {}: {}", to_string(failure->kind), failure->message), 2);
    if (!failure->raw.empty()) page.text(failure->raw, 4);
    return;
  }
  for (const Answer& answer : std::get<std::vector<Answer>>(*tried.result))
    add_answer(page, prompt, tried.question, answer);
  if (tried.unusable > 0) page.text(fmt::format("{} replies could not be used", tried.unusable), 2);
}

std::string what_becomes_of(const TriedQuestion& tried, const RunConfig& config) {
  if (!tried.refused.empty()) return fmt::format("; refused, never asked: {}", tried.refused);
  const ModelConfig& model = config.model(tried.question.model, "models");
  const double usd = usd_of({tried.prompt_tokens, 0, 0, 0}, model);
  return fmt::format("{}; {} of {} answers are in the store",
                     model.has_price ? fmt::format(", {} USD", dollars(usd)) : "",
                     std::min(tried.stored, tried.question.samples), tried.question.samples);
}

std::string title_of(const TriedQuestion& tried) {
  const std::string subject = tried.subject.text();
  const bool says_more = !tried.label.empty() && tried.label != tried.subject.method;
  return says_more ? fmt::format("{}, {}", subject, trim(tried.label)) : subject;
}

std::string optional_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

std::string reply_text(const TriedQuestion& tried) {
  if (!tried.refused.empty()) return fmt::format("(refused, never asked: {})", tried.refused);
  if (!tried.result) return "(not asked)";
  if (const auto* failure = std::get_if<Failure>(&*tried.result))
    return fmt::format("(failed: {}: {})", to_string(failure->kind), failure->message);
  const Answer& answer = std::get<std::vector<Answer>>(*tried.result).front();
  return match(
      answer, [&](const ChatAnswer&) { return text_of(answer); },
      [](const ScoreAnswer& score) { return fmt::format("{:.4f} nats a token", score.per_token()); },
      [](const EmbedAnswer&) { return std::string(); });
}

TextTable comparison_table(const PromptComparison& comparison) {
  const PromptSide& a = comparison.a;
  const PromptSide& b = comparison.b;
  TextTable table{fmt::format("{} on {} pairs", to_string(comparison.prompt), comparison.pairs.size()),
                  {"", "A", "B"},
                  {},
                  {fmt::format("A: {}", a.name), fmt::format("B: {}", b.name)}};
  const auto add = [&](const std::string& name, const auto& show) {
    table.rows.push_back({name, show(a), show(b)});
  };
  add("questions", [](const PromptSide& side) { return fmt::format("{}", side.questions); });
  add("failed", [](const PromptSide& side) { return fmt::format("{}", side.failed); });
  add("unusable replies", [](const PromptSide& side) { return fmt::format("{}", side.unusable); });
  add("prompt tokens", [](const PromptSide& side) { return grouped(side.prompt_tokens); });
  add("reply tokens", [](const PromptSide& side) { return grouped(side.reply_tokens); });
  add("USD of these tokens", [](const PromptSide& side) { return dollars(side.usd); });
  add("USD paid now", [](const PromptSide& side) { return dollars(side.usd_paid); });
  const auto add_measure = [&](const std::string& name, std::optional<double> PromptSide::*measure) {
    if (a.*measure || b.*measure)
      table.rows.push_back({name, optional_text(a.*measure), optional_text(b.*measure)});
  };
  add_measure("mean score", &PromptSide::mean_score);
  add_measure("rank correlation of score and place shown", &PromptSide::place_correlation);
  add_measure("share in which the first shown comes out best", &PromptSide::first_best);
  if (comparison.prompt == PromptName::judge_listwise) {
    table.notes.emplace_back("Candidates that share the best score share the pair evenly.");
  } else if (comparison.prompt == PromptName::judge_pairwise && (a.first_best || b.first_best)) {
    table.notes.emplace_back("What is shown first: of the pairs without a tie.");
  }
  add_measure("words a text", &PromptSide::words);
  add_measure("share of the true action copied", &PromptSide::copied);
  if (comparison.rank_correlation)
    table.notes.push_back(
        fmt::format("rank correlation of A's and B's scores: {:.3f}", *comparison.rank_correlation));
  if (comparison.equal_choices)
    table.notes.push_back(fmt::format("A and B choose the same: {:.1f} %", 100 * *comparison.equal_choices));
  return table;
}

Json side_json(const PromptSide& side) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"template", side.name},
          {"questions", side.questions},
          {"failed", side.failed},
          {"unusable_replies", side.unusable},
          {"prompt_tokens", side.prompt_tokens},
          {"reply_tokens", side.reply_tokens},
          {"usd", side.usd},
          {"usd_paid", side.usd_paid},
          {"mean_score", optional(side.mean_score)},
          {"place_correlation", optional(side.place_correlation)},
          {"first_best", optional(side.first_best)},
          {"words", optional(side.words)},
          {"copied", optional(side.copied)}};
}

}  // namespace

std::string trial_page(PromptName prompt, const PromptTrial& trial, const RunConfig& config,
                       PageStyle style) {
  Page page(style);
  for (const TriedQuestion& tried : trial.questions) {
    const Question& question = tried.question;
    page.heading(title_of(tried));
    page.text(fmt::format("to {}: {} prompt tokens by the token rule{}", question.model,
                          grouped(tried.prompt_tokens), what_becomes_of(tried, config)));
    add_request(page, question.request);
    if (tried.result && tried.refused.empty()) {
      page.subheading("Answer");
      add_result(page, prompt, tried);
    }
  }
  const EngineCounts& asked = trial.asked;
  if (asked.questions > 0) {
    page.blank();
    page.text(fmt::format("{}, {} from the store, {}; {} prompt and {} reply tokens, {} USD",
                          counted(asked.questions, "question"), asked.from_store,
                          counted(asked.calls, "call"), grouped(asked.usage.prompt),
                          grouped(asked.usage.completion), dollars(asked.usd + asked.usd_assumed)));
  }
  return page.str();
}

Json trial_json(PromptName prompt, const PromptTrial& trial) {
  Json questions = Json::array();
  for (const TriedQuestion& tried : trial.questions) {
    Json entry = {{"record", tried.subject.text()},
                  {"label", trim(tried.label)},
                  {"model", tried.question.model},
                  {"prompt_tokens", tried.prompt_tokens},
                  {"stored", tried.stored},
                  {"refused", tried.refused.empty() ? Json(nullptr) : Json(tried.refused)},
                  {"request", semantic_json(tried.question.request)},
                  {"unusable_replies", tried.unusable}};
    if (tried.result) {
      if (const auto* failure = std::get_if<Failure>(&*tried.result)) {
        entry["failure"] = {
            {"kind", to_string(failure->kind)}, {"message", failure->message}, {"raw", failure->raw}};
      } else {
        Json answers = Json::array();
        for (const Answer& answer : std::get<std::vector<Answer>>(*tried.result))
          answers.push_back(answer_to_json(answer));
        entry["answers"] = std::move(answers);
      }
    }
    questions.push_back(std::move(entry));
  }
  return {{"prompt", to_string(prompt)},
          {"questions", std::move(questions)},
          {"calls", trial.asked.calls},
          {"from_store", trial.asked.from_store},
          {"usd", trial.asked.usd + trial.asked.usd_assumed}};
}

std::string comparison_page(const PromptComparison& comparison, std::size_t texts, PageStyle style) {
  Page page(style);
  const auto& a = comparison.tried_a.questions;
  const auto& b = comparison.tried_b.questions;
  for (std::size_t i = 0; i < std::min({texts, a.size(), b.size()}); ++i) {
    page.heading(title_of(a[i]));
    page.subheading("A");
    page.text(reply_text(a[i]), 2);
    page.subheading("B");
    page.text(reply_text(b[i]), 2);
  }
  std::string text = page.str();
  if (!text.empty()) text += "\n";
  return text + plain_text(comparison_table(comparison));
}

Json comparison_json(const PromptComparison& comparison) {
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"prompt", to_string(comparison.prompt)},
          {"pairs", comparison.pairs},
          {"a", side_json(comparison.a)},
          {"b", side_json(comparison.b)},
          {"rank_correlation", optional(comparison.rank_correlation)},
          {"equal_choices", optional(comparison.equal_choices)}};
}

}  // namespace recon
