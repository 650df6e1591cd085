#include "recon/core/error.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/price.hpp"

#include <cstring>
#include <utility>

#include "engine_state.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// A model that fails this often without one answer in between is given up.
constexpr std::size_t most_failures_in_a_row = 20;
/// The same where no attempt will go better: a key that is refused, an account without money.
constexpr std::size_t most_refusals_in_a_row = 3;
constexpr std::chrono::milliseconds poll_wait{100};

bool is_about_the_account(Failure::Kind kind) {
  return kind == Failure::Kind::unauthorized || kind == Failure::Kind::quota;
}

Budget::Amount amount_of(const Usage& usage, const ModelConfig& model) {
  return {usd_of(usage, model), usage.prompt + usage.completion};
}

Usage times(const Usage& usage, int count) {
  Usage sum;
  for (int i = 0; i < count; ++i) sum += usage;
  return sum;
}

}  // namespace

void Engine::State::submit_waiting() {
  over_budget = false;
  // Earlier answers count, too: what showed itself to be of no use is not paid for again.
  if (waiting() > 0) stop_where_misfit();
  for (auto& [name, entry] : models) {
    while (!entry.waiting.empty() && !over_budget) {
      Provider& target = provider(entry);
      if (!entry.opened) {
        target.open();
        entry.opened = true;
      }
      if (entry.in_flight >= target.concurrency()) break;
      const std::shared_ptr<OpenQuestion> open_question = entry.waiting.front();
      const bool wants_score = match(
          open_question->question.request, [](const ChatRequest&) { return false; },
          [](const ScoreRequest&) { return true; }, [](const EmbedRequest&) { return false; });
      if (wants_score && !entry.ready_to_score) {
        // A check that talks to the server would swallow the ends of calls that are under way.
        if (entry.in_flight > 0) break;
        target.prepare_scoring();
        entry.ready_to_score = true;
      }
      if (!submit(entry, open_question)) break;
      entry.waiting.pop_front();
    }
  }
  if (over_budget && calls.empty()) {
    throw BudgetReached(fmt::format(
        "{}: the next call could exceed the budget: {} spent in this run. Every answer is stored; raise the "
        "budget and run again to go on",
        stage, budget->describe()));
  }
}

/// False where the budget does not allow the call at present.
bool Engine::State::submit(OpenModel& entry, const std::shared_ptr<OpenQuestion>& open_question) {
  Call call;
  call.id = next_call;
  call.samples = open_question->question.samples - open_question->usable();
  const auto most = most_usage(open_question->question.request, call.samples, *entry.config);
  if (settings.budget.any()) {
    const bool is_free_of_charge = !settings.budget.tokens && costs_nothing(*entry.config);
    if (!most && !is_free_of_charge) {
      throw UsageError(
          fmt::format("model '{}': a budget needs to know how long a reply can get: give the model or the "
                      "stage max_tokens, "
                      "or the model its context_window",
                      entry.config->name));
    }
    if (!budget) budget.emplace(settings.budget, spent_so_far());
    const Budget::Amount amount = amount_of(most.value_or(Usage{}), *entry.config);
    if (!budget->reserve(call.id, amount)) {
      over_budget = true;
      return false;
    }
    call.may_pay_again = [this, id = call.id, amount] { return budget->reserve(id, amount); };
  }
  ++next_call;
  call.request = open_question->question.request;
  call.first_sample = open_question->next_sample();
  call.clock = open_question->clock;
  std::memcpy(&call.sampling_seed, open_question->digest.bytes().data(), sizeof call.sampling_seed);
  calls[call.id] = {open_question, most.value_or(Usage{})};
  ++entry.in_flight;
  ++counts.calls;
  entry.provider->submit(std::move(call));
  return true;
}

Budget::Amount Engine::State::spent_so_far() {
  if (store() == nullptr) return {};
  const Spent spent = store()->spent(settings.run);
  return {spent.usd, spent.tokens};
}

/// Waits for calls to end.
void Engine::State::poll() {
  for (auto& [name, entry] : models) {
    if (entry.in_flight > 0) take(entry, entry.provider->poll(poll_wait));
  }
}

/// Stores what calls brought, and only then lets go of their places.
void Engine::State::take(OpenModel& entry, std::vector<Completion> completions) {
  if (completions.empty()) return;
  std::vector<StoredCompletion> stored;
  for (Completion& completion : completions) {
    const OpenCall& call = calls.at(completion.id);
    OpenQuestion& open_question = *call.open_question;
    int sample = open_question.next_sample();
    StoredCompletion brought{open_question.digest, {}, completion.usage, completion.failure, {}};
    brought.spending = {settings.run, entry.config->name, usd_of(completion.usage, *entry.config), false};
    if (brought.failure && brought.failure->kind == Failure::Kind::stopped) brought.failure.reset();
    for (Answer& answer : completion.answers) {
      match(
          answer,
          [&](ChatAnswer& chat) {
            if (chat.prompt_tokens > 0)
              chat.estimated_prompt_tokens = cautious_prompt_tokens(open_question.question.request);
          },
          [](ScoreAnswer&) {}, [](EmbedAnswer&) {});
      if (const auto why = why_unusable(open_question.question, answer)) {
        ++counts.unusable;
        entry.watch.unusable(open_question.question, answer, *why);
      } else {
        entry.watch.usable();
      }
      brought.answers.push_back({sample++, std::move(answer)});
    }
    if (brought.failure) entry.watch.failed(*brought.failure, completion.usage.prompt > 0);
    stored.push_back(std::move(brought));
    const Usage assumed = times(call.most, completion.unreported);
    count(entry, completion, assumed);
    if (completion.unreported > 0) {
      StoredCompletion unknown{open_question.digest, {}, assumed, std::nullopt, {}};
      unknown.spending = {settings.run, entry.config->name, usd_of(assumed, *entry.config), true};
      stored.push_back(std::move(unknown));
    }
  }
  // Another process may have been faster with the same question: what stands in the store counts, so that
  // this run's files and a replay of it agree.
  if (!is_free(entry) && store() != nullptr) {
    stored = store()->commit(std::move(stored));
    // Other processes may spend from the same budget.
    if (budget) budget->learn_spent(spent_so_far());
  }
  std::size_t at = 0;
  for (const Completion& completion : completions) {
    OpenQuestion& open_question = *calls.at(completion.id).open_question;
    for (StoredAnswer& answer : stored[at].answers)
      open_question.answers.insert_or_assign(answer.sample, std::move(answer.answer));
    at += completion.unreported > 0 ? 2 : 1;
  }
  std::vector<StoredCompletion> given_up;
  for (const Completion& completion : completions) {
    const std::shared_ptr<OpenQuestion> open_question = calls.at(completion.id).open_question;
    end_call(entry, completion);
    // That no reply was of use stands in the store, too: it tells this question from an answered one.
    const auto* failure = open_question->result ? std::get_if<Failure>(&*open_question->result) : nullptr;
    if (failure != nullptr && !completion.failure && !open_question->answers.empty())
      given_up.push_back({open_question->digest, {}, {}, *failure, {}});
  }
  if (!given_up.empty() && !is_free(entry) && store() != nullptr) store()->commit(std::move(given_up));
  if (draining) return;
  for (const Completion& completion : completions) stop_where_hopeless(entry, completion);
  stop_where_misfit();
}

void Engine::State::count(OpenModel& entry, const Completion& completion, const Usage& assumed) {
  counts.usage += completion.usage;
  const Budget::Amount reported = amount_of(completion.usage, *entry.config);
  const Budget::Amount unreported = amount_of(assumed, *entry.config);
  counts.usd += reported.usd;
  counts.usd_assumed += unreported.usd;
  counts.unreported += static_cast<std::size_t>(completion.unreported);
  if (budget) {
    budget->settle(completion.id, {reported.usd + unreported.usd, reported.tokens + unreported.tokens});
  }
}

void Engine::State::end_call(OpenModel& entry, const Completion& completion) {
  --entry.in_flight;
  const std::shared_ptr<OpenQuestion> open_question = calls.at(completion.id).open_question;
  calls.erase(completion.id);
  open_question->settle();
  const bool stopped = completion.failure && completion.failure->kind == Failure::Kind::stopped;
  if (!open_question->result && completion.failure && !stopped) open_question->result = *completion.failure;
  if (!open_question->result && completion.answers.empty() && !completion.failure)
    open_question->result = Failure{Failure::Kind::malformed, "the reply held no answer", ""};
  if (open_question->result) {
    answered += std::holds_alternative<std::vector<Answer>>(*open_question->result) ? 1 : 0;
    active.erase(open_question->digest);
  } else {
    entry.waiting.push_front(open_question);  // its record's deadline runs
  }
  if (completion.failure && completion.failure->kind != Failure::Kind::too_long && !stopped)
    last_failure = completion.failure;
  if (!completion.failure) {
    entry.failures_in_a_row = entry.account_failures_in_a_row = 0;
  } else if (counts_against_server(*completion.failure)) {
    ++entry.failures_in_a_row;
    entry.account_failures_in_a_row += is_about_the_account(completion.failure->kind) ? 1 : 0;
  }
}

/// What is wrong with single records must not end a run that has answers otherwise: it would end every later
/// run, too, in which only those are asked again.
bool Engine::State::counts_against_server(const Failure& failure) const {
  switch (failure.kind) {
    case Failure::Kind::refused:
    case Failure::Kind::filtered:
      return answered == 0 && counts.from_store == 0;
    case Failure::Kind::too_long:
    case Failure::Kind::stopped:
      return false;
    default:
      return true;
  }
}

void Engine::State::stop_where_hopeless(const OpenModel& entry, const Completion& completion) const {
  if (!completion.failure || (entry.failures_in_a_row < most_failures_in_a_row &&
                              entry.account_failures_in_a_row < most_refusals_in_a_row))
    return;
  if (entry.account_failures_in_a_row >= most_refusals_in_a_row) {
    throw RunError(fmt::format("{} ({} requests in a row). What was answered is stored; run again to go on",
                               completion.failure->message, entry.account_failures_in_a_row));
  }
  if (tells_of_misfit(completion.failure->kind)) {
    throw RunError(fmt::format("{}: model '{}': {} requests in a row failed. {}", stage, entry.config->name,
                               entry.failures_in_a_row, entry.watch.what_it_looks_like(*entry.config)));
  }
  throw RunError(
      fmt::format("model '{}': {} requests in a row failed; the last one: {}. What was answered is stored; "
                  "run again to go on",
                  entry.config->name, entry.failures_in_a_row, completion.failure->message));
}

void Engine::State::stop_where_misfit() const {
  if (settings.keep_going || settings.make_up) return;
  for (const auto& [name, entry] : models) {
    if (entry.config == nullptr) continue;
    if (const auto why = entry.watch.why_hopeless(stage, *entry.config)) throw RunError(*why);
  }
}

/// What is being waited for, where records, calls and answers stand still.
std::string Engine::State::why_nothing_moves() const {
  std::size_t in_flight = 0;
  for (const auto& [name, entry] : models) {
    if (entry.in_flight == 0) continue;
    in_flight += entry.in_flight;
    const auto reason = entry.provider->waiting_for();
    if (!reason) continue;
    const auto now = settings.now ? settings.now() : std::chrono::steady_clock::now();
    const auto left = std::chrono::ceil<std::chrono::seconds>(reason->until - now).count();
    return left > 0 ? fmt::format("waiting {} s {}", left, reason->text)
                    : fmt::format("waiting {}", reason->text);
  }
  return fmt::format("waiting for {} {} in flight", in_flight, in_flight == 1 ? "request" : "requests");
}

/// Before an error ends the run: what is in flight may be paid for already, so it is waited for and stored.
void Engine::State::drain() {
  draining = true;
  withdraw_unsent();
  if (!calls.empty()) log.info(fmt::format("waiting for {} requests in flight", calls.size()));
  while (!calls.empty()) {
    poll();
    withdraw_unsent();
  }
}

/// After a Ctrl-C only what was sent, and may be paid for, is waited for.
void Engine::State::withdraw_unsent() {
  for (auto& [name, entry] : models) {
    if (!entry.provider) continue;
    for (const std::uint64_t id : entry.provider->withdraw()) {
      if (budget) budget->settle(id, {});
      calls.erase(id);
      --entry.in_flight;
      --counts.calls;
    }
  }
}

/// What an earlier, broken-off run of this engine left behind belongs to nobody any more.
void Engine::State::forget_broken_off_run() {
  open.clear();
  open_bytes = 0;
  active.clear();
  calls.clear();
  for (auto& [name, entry] : models) {
    entry.waiting.clear();
    entry.watch = {};
  }
  unfinished.clear();
  last_failure.reset();
  answered = 0;
  draining = false;
}

}  // namespace recon
