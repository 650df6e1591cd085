#include "recon/report/question_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

bool is_stored(const ExplainedQuestion& question) { return question.settled; }

std::string state_of(const ExplainedQuestion& question) {
  if (question.computed) return "computed by recon itself, never asked";
  if (!question.refused.empty()) {
    return fmt::format(
        "{}: {}",
        question.provisional ? "refused as things stand, with placeholders" : "refused, never asked",
        question.refused);
  }
  if (is_stored(question)) {
    if (question.stored < question.samples)
      return "failed before in a way that stands (see `recon failures`): not asked again by itself";
    return fmt::format("answered, stored {}", question.last_answer);
  }
  if (question.stored > 0)
    return fmt::format("{} of {} answers stored; the others would be asked", question.stored,
                       question.samples);
  return "not stored: would be asked";
}

std::string reason_of(const ExplainedQuestion& question) {
  if (question.computed || !question.refused.empty()) return "";
  if (question.others == 0) return is_stored(question) ? "" : "never asked before";
  const std::string when =
      question.before.empty() ? "before, without an answer" : fmt::format("before ({})", question.before);
  if (question.differences.empty()) return "";
  return fmt::format("asked otherwise {}; what changed: {}", when, fmt::join(question.differences, "; "));
}

std::string title_of(const ExplainedQuestion& question, std::size_t alike) {
  const std::string count = alike > 1 ? fmt::format(", {} questions", alike) : std::string();
  const std::string samples =
      question.samples > 1 ? fmt::format(", {} samples", question.samples) : std::string();
  return fmt::format("{} ({}{}{})", question.purpose, question.model, samples, count);
}

/// Questions of which the same is to be said are said once.
void add_questions(Page& page, const std::vector<ExplainedQuestion>& questions) {
  for (std::size_t i = 0; i < questions.size();) {
    const std::string state = state_of(questions[i]);
    const std::string reason = reason_of(questions[i]);
    std::size_t end = i + 1;
    while (end < questions.size() && questions[end].subject == questions[i].subject &&
           title_of(questions[end], 1) == title_of(questions[i], 1) && reason_of(questions[end]) == reason &&
           questions[end].refused == questions[i].refused &&
           is_stored(questions[end]) == is_stored(questions[i]))
      ++end;
    page.text(fmt::format("{}: {}", title_of(questions[i], end - i), state), 2);
    if (!reason.empty()) page.text(reason, 6);
    i = end;
  }
}

}  // namespace

std::string question_page(const std::string& pair, const std::vector<ExplainedStage>& stages,
                          PageStyle style) {
  Page page(style);
  page.heading(pair);
  for (const ExplainedStage& stage : stages) {
    page.subheading(fmt::format("{}: {}", stage.stage,
                                stage.stale ? fmt::format("would run ({})", *stage.stale) : "up to date"));
    if (!stage.problem.empty()) page.text(stage.problem, 2);
    if (!stage.waits_for.empty() && !stage.questions.empty()) {
      page.text(
          fmt::format("rests on placeholders, since {} {} to ask models first; what is said here of changed "
                      "inputs is provisional until then",
                      fmt::join(stage.waits_for, ", "), stage.waits_for.size() > 1 ? "have" : "has"),
          2);
    }
    if (stage.asks && stage.questions.empty() && stage.problem.empty())
      page.text("nothing is asked about this pair", 2);
    add_questions(page, stage.questions);
  }
  return page.str();
}

Json question_json(const std::string& pair, const std::vector<ExplainedStage>& stages) {
  Json list = Json::array();
  for (const ExplainedStage& stage : stages) {
    Json questions = Json::array();
    for (const ExplainedQuestion& question : stage.questions) {
      questions.push_back({{"record", question.subject.text()},
                           {"purpose", question.purpose},
                           {"model", question.model},
                           {"samples", question.samples},
                           {"computed", question.computed},
                           {"stored", question.stored},
                           {"settled", question.settled},
                           {"provisional", question.provisional},
                           {"refused", question.refused.empty() ? Json(nullptr) : Json(question.refused)},
                           {"last_answer", question.last_answer},
                           {"differences", question.differences},
                           {"before", question.before},
                           {"others", question.others}});
    }
    list.push_back({{"stage", stage.stage},
                    {"runs_because", stage.stale ? Json(*stage.stale) : Json(nullptr)},
                    {"waits_for", stage.waits_for},
                    {"problem", stage.problem},
                    {"questions", std::move(questions)}});
  }
  return {{"pair_id", pair}, {"stages", std::move(list)}};
}

}  // namespace recon
