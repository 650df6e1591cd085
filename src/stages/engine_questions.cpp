#include "recon/core/error.hpp"
#include "recon/model/price.hpp"

#include <algorithm>
#include <utility>

#include "engine_state.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// Why a prompt can't be sent at all, judged by the project's token rule; embedders cut by themselves.
std::optional<Failure> beyond_window(const Question& question, const ModelConfig& model) {
  if (model.context_window <= 0 || std::holds_alternative<EmbedRequest>(question.request))
    return std::nullopt;
  std::int64_t tokens = estimated_prompt_tokens(question.request);
  if (const auto* chat = std::get_if<ChatRequest>(&question.request))
    tokens += chat->sampling.max_tokens.value_or(0);
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
  if (const auto* embed = std::get_if<EmbedRequest>(&request)) return bytes_besides + embed->text.size();
  const auto* chat = std::get_if<ChatRequest>(&request);
  std::size_t bytes = bytes_besides;
  for (const Message& message : chat != nullptr ? chat->messages : std::get<ScoreRequest>(request).messages)
    bytes += message.content.size();
  return bytes;
}

}  // namespace

void Engine::State::open_task(FedTask fed) {
  if (settings.concerns && !settings.concerns(fed.task.key)) return;
  OpenTask opened{std::move(fed.task), {}, 0};
  const auto clock = std::make_shared<RecordClock>();
  std::vector<Question>& questions = opened.task.questions;
  opened.inquiries.reserve(questions.size());
  // A question moves into its inquiry; how many samples were wanted stays behind.
  for (std::size_t i = 0; i < questions.size(); ++i) {
    opened.bytes += bytes_of(questions[i].request);
    std::string compared_as = questions[i].compared_as;
    opened.inquiries.push_back(
        inquire(std::move(questions[i]), std::move(fed.looked_up[i]), opened.task.key, clock));
    questions[i].compared_as = std::move(compared_as);
  }
  open_bytes += opened.bytes;
  open.push_back(std::move(opened));
  finish_complete_tasks();
}

std::shared_ptr<Inquiry> Engine::State::inquire(Question&& asked, std::optional<LookedUp> known,
                                                const std::string& record,
                                                const std::shared_ptr<RecordClock>& clock) {
  ++counts.questions;
  OpenModel& entry = model(asked.model);
  auto inquiry = std::make_shared<Inquiry>();
  inquiry->question = std::move(asked);
  inquiry->model = &entry;
  inquiry->clock = clock;
  const Question& question = inquiry->question;
  // The request as JSON serves only to explain the question later: most questions do without.
  const auto key = [&] { return key_of_question(question, identity(entry), config); };
  const auto set_digest = [&] {
    inquiry->digest = known ? known->digest : digest_of_question(question, identity(entry), config);
  };
  if (const auto refusal = beyond_window(question, *entry.config)) {
    inquiry->result = *refusal;
    entry.watch.failed(*refusal, false);
    if (settings.observe) {
      set_digest();
      const QuestionKey explained = key();
      settings.observe({stage, record, question, explained, inquiry->digest, 0, true, false, &*refusal});
    }
    return inquiry;
  }
  set_digest();
  tell_feed(entry);
  const auto same = active.find(inquiry->digest);
  if (same == active.end() && !is_free(entry))
    look_into_store(*inquiry, known ? std::move(known->answers) : std::vector<StoredAnswer>{}, record);
  if (settings.observe) {
    const QuestionKey explained = key();
    settings.observe({stage, record, question, explained, inquiry->digest, inquiry->usable(),
                      inquiry->result.has_value(), same != active.end()});
  }
  if (same != active.end()) {
    Question& shared = same->second->question;
    shared.samples = std::max(shared.samples, question.samples);
    return same->second;
  }
  if (inquiry->result) return inquiry;
  if (settings.make_up && !is_free(entry)) {
    make_up_answers(*inquiry);
    return inquiry;
  }
  if (ResponseStore* durable = is_free(entry) ? nullptr : store())
    durable->remember(inquiry->digest, key(), record);
  active[inquiry->digest] = inquiry;
  entry.waiting.push_back(inquiry);
  return inquiry;
}

/// Sets the result where the store decides it: by answers, or by an earlier failure that shall stand. `known`
/// is what it held when the task was made.
void Engine::State::look_into_store(Inquiry& inquiry, std::vector<StoredAnswer> known,
                                    const std::string& record) {
  ResponseStore* durable = store();
  if (durable == nullptr) return;
  const auto learn = [&](std::vector<StoredAnswer>&& answers) {
    for (StoredAnswer& answer : answers) inquiry.answers.emplace(answer.sample, std::move(answer.answer));
    inquiry.settle();
  };
  const auto is_answered = [&] {
    return inquiry.result && std::holds_alternative<std::vector<Answer>>(*inquiry.result);
  };
  inquiry.retries = durable->retries(inquiry.digest);
  if (!known.empty()) learn(std::move(known));
  // What was asked for since then, by a record before, must not be asked for again.
  if (!is_answered()) {
    inquiry.result.reset();
    learn(durable->answers(inquiry.digest));
  }
  if (inquiry.result) {
    const auto* failure = std::get_if<Failure>(&*inquiry.result);
    const bool again = failure != nullptr && settings.asks_again && settings.asks_again(*failure);
    if (!again) {
      ++counts.from_store;
      watch_stored(inquiry);
      return;
    }
    // One reply may have brought several samples: further rounds until another reply can decide.
    while (inquiry.result) {
      durable->grant_retry(inquiry.digest);
      ++inquiry.retries;
      inquiry.result.reset();
      inquiry.settle();
    }
    return;
  }
  if (!settings.asks_again) watch_stored(inquiry);
  if (!settings.replay && !settings.asks_again) return;
  auto failure = durable->failure(inquiry.digest);
  if (settings.replay && !failure) {
    stop_where_misfit();
    throw RunError(
        fmt::format("{}: --replay, but the store has no answer to the question '{}' to '{}'; run without "
                    "--replay to ask it",
                    record, inquiry.question.purpose, inquiry.question.model));
  }
  if (settings.replay || (failure && !settings.asks_again(*failure))) inquiry.result = std::move(*failure);
}

/// Replies of earlier runs tell as much about a model as those of this one.
void Engine::State::watch_stored(const Inquiry& inquiry) {
  MisfitWatch& watch = inquiry.model->watch;
  if (inquiry.result && std::holds_alternative<std::vector<Answer>>(*inquiry.result)) {
    watch.usable();
    return;
  }
  for (const auto& [sample, answer] : inquiry.answers) {
    if (const auto why = why_unusable(inquiry.question, answer)) {
      watch.unusable(inquiry.question, answer, *why);
    } else {
      watch.usable();
    }
  }
}

void Engine::State::make_up_answers(Inquiry& inquiry) {
  while (!inquiry.result) {
    const int sample = inquiry.next_sample();
    inquiry.answers.emplace(sample, settings.make_up(inquiry.question, sample));
    inquiry.settle();
  }
}

/// Of each model that was asked: did the record get anything usable?
void Engine::State::watch_record(const OpenTask& task) {
  for (auto first = task.inquiries.begin(); first != task.inquiries.end(); ++first) {
    OpenModel* const asked = (*first)->model;
    const auto is_of_model = [&](const auto& inquiry) { return inquiry->model == asked; };
    if (std::any_of(task.inquiries.begin(), first, is_of_model)) continue;
    bool any_answer = false;
    const Failure* failure = nullptr;
    for (auto at = first; at != task.inquiries.end(); ++at) {
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
    for (const auto& inquiry : task.inquiries) {
      if (unfinished.size() == most_kept) break;
      std::optional<Failure> failure = inquiry->failure_so_far();
      if (inquiry->result) {
        const auto* found = std::get_if<Failure>(&*inquiry->result);
        failure = found == nullptr ? std::nullopt : std::optional(*found);
      }
      if (!failure) continue;
      // Else the store would show a question with replies alone as an answered one.
      if (!inquiry->result && !is_free(*inquiry->model) && inquiry->usable() == 0)
        of_no_use.push_back({inquiry->digest, {}, {}, *failure, {}});
      unfinished.push_back({task.task.key, std::move(*failure)});
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
    results.reserve(task.inquiries.size());
    for (std::size_t i = 0; i < task.inquiries.size(); ++i) {
      // The last one to need the answers takes them.
      Inquiry& inquiry = *task.inquiries[i];
      QuestionResult result =
          task.inquiries[i].use_count() == 1 ? std::move(*inquiry.result) : *inquiry.result;
      if (auto* answers = std::get_if<std::vector<Answer>>(&result)) {
        answers->resize(static_cast<std::size_t>(task.task.questions[i].samples));
        for (const Answer& answer : *answers) {
          const auto* chat = std::get_if<ChatAnswer>(&answer);
          if (chat != nullptr && chat->finish == Finish::length) ++counts.cut_at_length;
        }
        if (!settings.make_up && !is_free(*inquiry.model)) {
          inquiry.model->statistics.add(inquiry.question.request, task.task.questions[i].compared_as,
                                        inquiry.digest, finished_records, *answers);
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
