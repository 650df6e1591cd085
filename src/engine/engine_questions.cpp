#include "recon/core/error.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <utility>

#include "engine_state.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Why a prompt can't be sent at all, judged by the project's token rule; embedders cut by themselves.
std::optional<Failure> beyond_window(const Question& question, const ModelConfig& model) {
  if (model.context_window <= 0) return std::nullopt;
  const std::int64_t prompt = estimated_prompt_tokens(question.request);
  const std::int64_t tokens = match(
      question.request,
      [&](const ChatRequest& chat) { return prompt + chat.sampling.max_tokens.value_or(0); },
      [&](const ScoreRequest&) { return prompt; }, [](const EmbedRequest&) { return std::int64_t{0}; });
  if (tokens <= model.context_window) return std::nullopt;
  return Failure{Failure::Kind::too_long,
                 fmt::format("prompt and reply need about {} tokens, the context_window of '{}' is {}; lower "
                             "context_tokens, generate.example_context_tokens, retrieve.k or max_tokens",
                             tokens, question.model, model.context_window),
                 ""};
}

/// What an open question takes besides its prompt, its answers among that: a rough figure.
constexpr std::size_t bytes_besides = 4096;

std::size_t bytes_of(const Request& request) {
  const auto of_messages = [](const std::vector<Message>& messages) {
    std::size_t bytes = 0;
    for (const Message& message : messages) bytes += message.content.size();
    return bytes;
  };
  return bytes_besides + match(
                             request, [&](const ChatRequest& chat) { return of_messages(chat.messages); },
                             [&](const ScoreRequest& score) { return of_messages(score.messages); },
                             [](const EmbedRequest& embed) { return embed.text.size(); });
}

}  // namespace

void Engine::State::open_task(PrefetchedTask fed) {
  if (settings.filter && !settings.filter(fed.task.subject)) return;
  OpenTask opened{std::move(fed.task), {}, 0};
  const auto clock = std::make_shared<RecordClock>();
  std::vector<Question>& questions = opened.task.questions;
  opened.open_questions.reserve(questions.size());
  // A question moves into its open_question; how many samples were wanted stays behind.
  for (std::size_t i = 0; i < questions.size(); ++i) {
    opened.bytes += bytes_of(questions[i].request);
    std::string compared_as = questions[i].compared_as;
    opened.open_questions.push_back(
        open_question_for(std::move(questions[i]), std::move(fed.looked_up[i]), opened.task.subject, clock));
    questions[i].compared_as = std::move(compared_as);
  }
  open_bytes += opened.bytes;
  open.push_back(std::move(opened));
  finish_complete_tasks();
}

std::shared_ptr<OpenQuestion> Engine::State::open_question_for(Question&& asked,
                                                               std::optional<CacheLookup> known,
                                                               const Subject& task,
                                                               const std::shared_ptr<RecordClock>& clock) {
  ++counts.questions;
  OpenModel& entry = model(asked.model);
  auto open_question = std::make_shared<OpenQuestion>();
  open_question->question = std::move(asked);
  open_question->model = &entry;
  open_question->clock = clock;
  const Question& question = open_question->question;
  // The request as JSON serves only to explain the question later: most questions do without.
  const auto key = [&] { return key_of_question(question, identity(entry), config); };
  const auto set_digest = [&] {
    open_question->digest = known ? known->digest : digest_of_question(question, identity(entry), config);
  };
  if (const auto refusal = beyond_window(question, *entry.config)) {
    open_question->result = *refusal;
    entry.watch.failed(*refusal, false);
    if (settings.observer) {
      set_digest();
      const QuestionKey explained = key();
      settings.observer({stage, task, question, explained, open_question->digest, 0, true, false, &*refusal});
    }
    return open_question;
  }
  set_digest();
  tell_prefetcher(entry);
  const auto same = active.find(open_question->digest);
  if (same == active.end() && !is_free(entry))
    look_into_store(*open_question, known ? std::move(known->answers) : std::vector<StoredAnswer>{}, task);
  if (settings.observer) {
    const QuestionKey explained = key();
    settings.observer({stage, task, question, explained, open_question->digest, open_question->usable(),
                       open_question->result.has_value(), same != active.end()});
  }
  if (same != active.end()) {
    Question& shared = same->second->question;
    shared.samples = std::max(shared.samples, question.samples);
    return same->second;
  }
  if (open_question->result) return open_question;
  if (settings.make_up && !is_free(entry)) {
    make_up_answers(*open_question);
    return open_question;
  }
  if (ResponseStore* durable = is_free(entry) ? nullptr : store())
    durable->remember(open_question->digest, key(), task.text());
  active[open_question->digest] = open_question;
  entry.waiting.push_back(open_question);
  return open_question;
}

/// Sets the result where the store decides it: by answers, or by an earlier failure that shall stand. `known`
/// is what it held when the task was made.
void Engine::State::look_into_store(OpenQuestion& open_question, std::vector<StoredAnswer> known,
                                    const Subject& task) {
  ResponseStore* durable = store();
  if (durable == nullptr) return;
  const auto learn = [&](std::vector<StoredAnswer>&& answers) {
    for (StoredAnswer& answer : answers)
      open_question.answers.emplace(answer.sample, std::move(answer.answer));
    open_question.settle();
  };
  const auto is_answered = [&] {
    return open_question.result && std::holds_alternative<std::vector<Answer>>(*open_question.result);
  };
  open_question.retries = durable->retries(open_question.digest);
  if (!known.empty()) learn(std::move(known));
  // What was asked for since then, by a record before, must not be asked for again.
  if (!is_answered()) {
    open_question.result.reset();
    learn(durable->answers(open_question.digest));
  }
  if (open_question.result) {
    const auto* failure = std::get_if<Failure>(&*open_question.result);
    const bool again = failure != nullptr && settings.retry_policy && settings.retry_policy(*failure);
    if (!again) {
      ++counts.from_store;
      watch_stored(open_question);
      return;
    }
    // One reply may have brought several samples: further rounds until another reply can decide.
    while (open_question.result) {
      durable->grant_retry(open_question.digest);
      ++open_question.retries;
      open_question.result.reset();
      open_question.settle();
    }
    return;
  }
  if (!settings.retry_policy) watch_stored(open_question);
  if (!settings.replay && !settings.retry_policy) return;
  auto failure = durable->failure(open_question.digest);
  if (settings.replay && !failure) {
    stop_where_misfit();
    throw RunError(
        fmt::format("{}: --replay, but the store has no answer to the question '{}' to '{}'; run without "
                    "--replay to ask it",
                    task.text(), open_question.question.purpose, open_question.question.model));
  }
  if (settings.replay || (failure && !settings.retry_policy(*failure)))
    open_question.result = std::move(*failure);
}

/// Replies of earlier runs tell as much about a model as those of this one.
void Engine::State::watch_stored(const OpenQuestion& open_question) {
  MisfitWatch& watch = open_question.model->watch;
  if (open_question.result && std::holds_alternative<std::vector<Answer>>(*open_question.result)) {
    watch.usable();
    return;
  }
  for (const auto& [sample, answer] : open_question.answers) {
    if (const auto why = why_unusable(open_question.question, answer)) {
      watch.unusable(open_question.question, answer, *why);
    } else {
      watch.usable();
    }
  }
}

void Engine::State::make_up_answers(OpenQuestion& open_question) {
  while (!open_question.result) {
    const int sample = open_question.next_sample();
    open_question.answers.emplace(sample, settings.make_up(open_question.question, sample));
    open_question.settle();
  }
}

/// Of each model that was asked: did the record get anything usable?
void Engine::State::watch_record(const OpenTask& task) {
  for (auto first = task.open_questions.begin(); first != task.open_questions.end(); ++first) {
    OpenModel* const asked = (*first)->model;
    const auto is_of_model = [&](const auto& open_question) { return open_question->model == asked; };
    if (std::any_of(task.open_questions.begin(), first, is_of_model)) continue;
    bool any_answer = false;
    const Failure* failure = nullptr;
    for (auto at = first; at != task.open_questions.end(); ++at) {
      if ((*at)->model != asked) continue;
      const Failure* found = std::get_if<Failure>(&*(*at)->result);
      any_answer = any_answer || found == nullptr;
      if (found != nullptr) failure = found;
    }
    asked->watch.record_ended(any_answer, failure);
  }
}

/// What is known of records that an error kept from ending.
void Engine::State::keep_unfinished() {
  constexpr std::size_t most_kept = 1000;
  std::vector<StoredCompletion> of_no_use;
  for (const OpenTask& task : open) {
    for (const auto& open_question : task.open_questions) {
      if (unfinished.size() == most_kept) break;
      std::optional<Failure> failure = open_question->failure_so_far();
      if (open_question->result) {
        const auto* found = std::get_if<Failure>(&*open_question->result);
        failure = found == nullptr ? std::nullopt : std::optional(*found);
      }
      if (!failure) continue;
      // Else the store would show a question with replies alone as an answered one.
      if (!open_question->result && !is_free(*open_question->model) && open_question->usable() == 0)
        of_no_use.push_back({open_question->digest, {}, {}, *failure, {}});
      unfinished.push_back({task.task.subject, std::move(*failure)});
    }
  }
  if (!of_no_use.empty() && !settings.replay && store() != nullptr) store()->commit(std::move(of_no_use));
}

void Engine::State::finish_complete_tasks() {
  while (!open.empty() && open.front().complete()) {
    OpenTask task = std::move(open.front());
    open.pop_front();
    open_bytes -= task.bytes;
    watch_record(task);
    ++finished_records;
    std::vector<QuestionResult> results;
    results.reserve(task.open_questions.size());
    for (std::size_t i = 0; i < task.open_questions.size(); ++i) {
      // The last one to need the answers takes them.
      OpenQuestion& open_question = *task.open_questions[i];
      QuestionResult result =
          task.open_questions[i].use_count() == 1 ? std::move(*open_question.result) : *open_question.result;
      if (auto* answers = std::get_if<std::vector<Answer>>(&result)) {
        answers->resize(static_cast<std::size_t>(task.task.questions[i].samples));
        for (const Answer& answer : *answers) {
          counts.cut_at_length += finish_of(answer) == Finish::length ? 1 : 0;
        }
        if (!settings.make_up && !is_free(*open_question.model)) {
          open_question.model->statistics.add(open_question.question.request,
                                              task.task.questions[i].compared_as, open_question.digest,
                                              finished_records, *answers);
        }
      } else {
        ++counts.failed;
      }
      results.push_back(std::move(result));
    }
    ++counts.records;
    task.task.finish(std::move(results));
  }
}

}  // namespace recon
