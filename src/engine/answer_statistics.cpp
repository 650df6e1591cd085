#include "answer_statistics.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/engine/answer_limits.hpp"
#include "recon/model/thinking.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include <fmt/format.h>

namespace recon {
namespace {

namespace limits = answer_limits;

/// Bytes of a reply that a warning quotes, and different words for ends of replies that are kept.
constexpr std::size_t most_quoted = 100;
constexpr std::size_t most_finish_reasons = 16;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::uint64_t hash_of(const Digest& digest) {
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.bytes().data(), sizeof hash);
  return hash;
}

template <class Value>
std::string_view bytes_of(const Value* values, std::size_t count) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the values' own bytes, to be hashed
  return {reinterpret_cast<const char*>(values), count * sizeof(Value)};
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double rate) { return fmt::format("{:.0f} %", 100 * rate); }

/// The value in the middle of a tally.
template <class Tally, class CountOf>
std::int64_t median_of(const Tally& tally, std::size_t total, const CountOf& count_of) {
  std::size_t seen = 0;
  for (const auto& [value, entry] : tally) {
    seen += count_of(entry);
    if (2 * seen >= total) return value;
  }
  return 0;
}

Warning warning_of(WarningKind kind, Json values, std::string message) {
  return {kind, "", "", std::move(values), std::move(message)};
}

}  // namespace

void FrequentValues::add(std::uint64_t value, std::uint64_t prompt, std::uint64_t record,
                         std::string_view shown) {
  const auto found = entries_.find(value);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    entry.prompts += entry.last_prompt == prompt ? 0 : 1;
    entry.records += entry.last_record == record ? 0 : 1;
    entry.last_prompt = prompt;
    entry.last_record = record;
  } else if (entries_.size() < most_kept) {
    entries_.emplace(value, Entry{1, 1, prompt, record, short_line(shown, most_quoted)});
  } else {
    for (auto at = entries_.begin(); at != entries_.end();)
      at = --at->second.prompts == 0 ? entries_.erase(at) : std::next(at);
  }
}

const FrequentValues::Entry* FrequentValues::most_frequent() const {
  const Entry* best = nullptr;
  for (const auto& [value, entry] : entries_) {
    if (best == nullptr || entry.prompts > best->prompts ||
        (entry.prompts == best->prompts && entry.shown < best->shown))
      best = &entry;
  }
  return best;
}

void AnswerStatistics::add(const Request& request, const std::string& compared_as, const Digest& digest,
                           std::uint64_t record, std::span<const Answer> answers) {
  if (answers.empty()) return;
  const std::uint64_t prompt = hash_of(digest);
  // Verdicts and scores are few: that many are equal says nothing.
  const bool is_text = match(
      request, [](const ChatRequest& chat) { return !chat.reply_schema; },
      [](const ScoreRequest&) { return true; }, [](const EmbedRequest&) { return true; });
  match(
      answers.front(), [&](const ChatAnswer&) { add_texts(compared_as, is_text, prompt, record, answers); },
      [&](const ScoreAnswer& score) {
        ++scored_;
        const std::string text = fmt::format("{} in {} tokens", score.log_probability, score.tokens);
        scores_.add(hash_of(text), prompt, record, text);
      },
      [&](const EmbedAnswer& embedding) {
        ++embedded_;
        const std::vector<float>& vector = embedding.vector;
        vectors_.add(hash_of(bytes_of(vector.data(), vector.size())), prompt, record, "");
      });
}

void AnswerStatistics::add_texts(const std::string& compared_as, bool is_text, std::uint64_t prompt,
                                 std::uint64_t record, std::span<const Answer> answers) {
  text_prompts_ += is_text ? 1 : 0;
  std::size_t alike = 0;
  std::string_view first;
  const auto add_text = [&](const ChatAnswer& chat, bool is_first) {
    const std::string_view text = trim(chat.text);
    if (is_first) first = text;
    alike += text == first ? 1 : 0;
    add_chat(compared_as, chat);
    if (!is_text) return;
    ++texts_;
    replies_.add(hash_of(text), prompt, record, text);
    if (const auto mark = leading_mark(text)) {
      ++marked_texts_;
      marks_.add(hash_of(*mark), prompt, record, *mark);
    }
  };
  for (const Answer& answer : answers) {
    match(
        answer, [&](const ChatAnswer& chat) { add_text(chat, &answer == &answers.front()); },
        [](const ScoreAnswer&) {}, [](const EmbedAnswer&) {});
  }
  if (answers.size() > 1) {
    ++sampled_;
    samples_ += answers.size();
    sampled_alike_ += alike == answers.size() ? 1 : 0;
  }
}

void AnswerStatistics::add_chat(const std::string& compared_as, const ChatAnswer& answer) {
  add_counts(answer);
  if (!compared_as.empty()) {
    Cut& cut = cut_[compared_as];
    ++cut.answers;
    cut.cut += answer.finish == Finish::length ? 1 : 0;
  }
  if (!answer.finish_reason.empty()) {
    const std::string word = short_line(answer.finish_reason, most_quoted);
    const bool has_room = finish_reasons_.size() < most_finish_reasons || finish_reasons_.contains(word);
    ++finish_reasons_[has_room ? word : std::string("...")];
  }
  repaired_ += answer.repaired > 0 ? 1 : 0;
}

void AnswerStatistics::add_counts(const ChatAnswer& answer) {
  const std::int64_t server = answer.prompt_tokens;
  const std::int64_t own = answer.estimated_prompt_tokens;
  if (server <= 0 || own <= 0) return;
  ++counted_;
  counted_low_ += static_cast<double>(server) < limits::least_prompt_share * static_cast<double>(own) ? 1 : 0;
  ++by_own_count_[own];
  Counted& counted = by_server_count_[server];
  counted.shortest = counted.prompts == 0 ? own : std::min(counted.shortest, own);
  counted.longest = std::max(counted.longest, own);
  ++counted.prompts;
}

std::vector<Warning> AnswerStatistics::warnings(const std::string& stage, const ModelConfig& model) const {
  std::vector<Warning> found;
  warn_of_cut_prompts(found, model);
  warn_of_alike(found);
  warn_of_cut_replies(found);
  warn_of_oddities(found);
  warn_of_numbers(found);
  for (Warning& warning : found) {
    warning.stage = stage;
    warning.model = model.name;
    warning.message = fmt::format("model '{}': {}", model.name, warning.message);
  }
  return found;
}

void AnswerStatistics::warn_of_cut_prompts(std::vector<Warning>& found, const ModelConfig& model) const {
  if (counted_ < limits::fewest_answers) return;
  const auto most =
      std::max_element(by_server_count_.begin(), by_server_count_.end(),
                       [](const auto& a, const auto& b) { return a.second.prompts < b.second.prompts; });
  const Counted& same = most->second;
  const bool low = 2 * counted_low_ > counted_;
  const bool one_number =
      share(same.prompts, counted_) > limits::one_number_share &&
      static_cast<double>(same.longest) >= limits::longest_to_shortest * static_cast<double>(same.shortest);
  if (!low && !one_number) return;
  const std::int64_t server =
      median_of(by_server_count_, counted_, [](const Counted& counted) { return counted.prompts; });
  const std::int64_t own = median_of(by_own_count_, counted_, [](std::size_t count) { return count; });
  Json values = {{"prompts", counted_},
                 {"server_tokens", server},
                 {"own_tokens", own},
                 {"context_window", model.context_window > 0 ? Json(model.context_window) : Json(nullptr)}};
  std::string numbers =
      fmt::format("the server counted {} tokens in the median of {} prompts, where this program counts {}",
                  server, counted_, own);
  if (one_number) {
    values["one_number"] = {{"server_tokens", most->first},
                            {"prompts", same.prompts},
                            {"own_shortest", same.shortest},
                            {"own_longest", same.longest}};
    numbers = fmt::format(
        "the server counted {} tokens for {} of {} prompts, which by this program's count have {} to {}",
        most->first, same.prompts, counted_, same.shortest, same.longest);
  }
  const std::string window = model.context_window > 0
                                 ? fmt::format("context_window says {}", model.context_window)
                                 : std::string("no context_window is set for it");
  found.push_back(warning_of(
      WarningKind::prompts_cut, std::move(values),
      fmt::format("{}: it cuts prompts to its window, without a word, or counts wrongly ({}). Raise the "
                  "server's window (Ollama: num_ctx; llama.cpp: --ctx-size; vLLM: --max-model-len) or lower "
                  "context_tokens; answers to cut prompts are worth nothing",
                  numbers, window)));
}

void AnswerStatistics::warn_of_alike(std::vector<Warning>& found) const {
  if (samples_ >= limits::fewest_answers && share(sampled_alike_, sampled_) > limits::identical_samples) {
    found.push_back(warning_of(
        WarningKind::identical_samples, {{"questions", sampled_}, {"identical", sampled_alike_}},
        fmt::format("all samples of {} of {} questions are one and the same text, so there is nothing to "
                    "select from. Look at temperature (0 gives one answer), at a seed in extra_body and at a "
                    "cache in front of the server",
                    sampled_alike_, sampled_)));
  }
  const FrequentValues::Entry* reply = replies_.most_frequent();
  if (reply != nullptr && texts_ >= limits::fewest_answers && reply->records >= limits::one_reply_records &&
      share(reply->prompts, text_prompts_) > limits::one_reply) {
    found.push_back(warning_of(
        WarningKind::one_reply,
        {{"prompts", text_prompts_}, {"answered_alike", reply->prompts}, {"reply", reply->shown}},
        fmt::format("one reply came to {} of {} different prompts: \"{}\". A refusal, a server's fixed "
                    "answer or a cache speaks here, not the person",
                    reply->prompts, text_prompts_, reply->shown)));
  }
  const FrequentValues::Entry* mark = marks_.most_frequent();
  if (mark != nullptr && texts_ >= limits::fewest_answers &&
      share(marked_texts_, texts_) > limits::unknown_marks &&
      share(mark->prompts, text_prompts_) > limits::unknown_marks) {
    found.push_back(warning_of(
        WarningKind::unknown_marks, {{"replies", texts_}, {"marked", marked_texts_}, {"mark", mark->shown}},
        fmt::format("{} of {} replies begin with a mark such as {}, which is not known: what follows may be "
                    "thinking that is taken for the answer. Let the server take it out (vLLM: "
                    "--reasoning-parser), or turn thinking off",
                    marked_texts_, texts_, mark->shown)));
  }
}

void AnswerStatistics::warn_of_cut_replies(std::vector<Warning>& found) const {
  const std::pair<const std::string, Cut>* least = nullptr;
  const std::pair<const std::string, Cut>* most = nullptr;
  Json values = Json::object();
  for (const auto& entry : cut_) {
    const Cut& cut = entry.second;
    if (cut.answers < limits::fewest_answers) continue;
    values[entry.first] = {{"answers", cut.answers}, {"cut", cut.cut}};
    const double rate = share(cut.cut, cut.answers);
    if (least == nullptr || rate < share(least->second.cut, least->second.answers)) least = &entry;
    if (most == nullptr || rate > share(most->second.cut, most->second.answers)) most = &entry;
  }
  if (most == nullptr) return;
  const double high = share(most->second.cut, most->second.answers);
  const double low = share(least->second.cut, least->second.answers);
  // Counts are whole numbers: a difference of exactly the limit must not depend on how it is rounded.
  constexpr double rounding = 1e-9;
  if (high - low <= limits::cut_difference + rounding) return;
  found.push_back(warning_of(
      WarningKind::cut_replies_differ, std::move(values),
      fmt::format("max_tokens cut {} of the replies of '{}', but {} of those of '{}': the methods are not "
                  "compared fairly. Raise max_tokens",
                  percent(high), most->first, percent(low), least->first)));
}

void AnswerStatistics::warn_of_oddities(std::vector<Warning>& found) const {
  if (!finish_reasons_.empty()) {
    Json values = Json::object();
    std::vector<std::string> words;
    for (const auto& [word, count] : finish_reasons_) {
      values[word] = count;
      words.push_back(fmt::format("'{}' ({})", word, count));
    }
    found.push_back(warning_of(
        WarningKind::unknown_finish_reason, std::move(values),
        fmt::format("the server ended replies with finish reasons that are not known: {}. The replies are "
                    "used as they are; look whether they are whole",
                    fmt::join(words, ", "))));
  }
  if (repaired_ > 0) {
    found.push_back(warning_of(
        WarningKind::repaired_replies, {{"replies", repaired_}},
        fmt::format("{} {} held bytes or characters that are no text; these were replaced, the rest is used",
                    repaired_, repaired_ == 1 ? "reply" : "replies")));
  }
}

void AnswerStatistics::warn_of_numbers(std::vector<Warning>& found) const {
  const FrequentValues::Entry* score = scores_.most_frequent();
  if (score != nullptr && scored_ >= limits::fewest_answers && score->records >= limits::one_reply_records &&
      share(score->prompts, scored_) > limits::one_reply) {
    found.push_back(warning_of(
        WarningKind::identical_likelihoods,
        {{"scored", scored_}, {"identical", score->prompts}, {"score", score->shown}},
        fmt::format("{} of {} different texts got the same log-probability ({}): the server does not score "
                    "what it is shown",
                    score->prompts, scored_, score->shown)));
  }
  const FrequentValues::Entry* vector = vectors_.most_frequent();
  if (vector != nullptr && embedded_ >= limits::fewest_answers &&
      vector->records >= limits::one_reply_records && share(vector->prompts, embedded_) > limits::one_reply) {
    found.push_back(warning_of(
        WarningKind::identical_embeddings, {{"texts", embedded_}, {"identical", vector->prompts}},
        fmt::format(
            "{} of {} different texts got the same embedding: the neighbours found mean nothing. Look "
            "at the embedding model, and whether it sees the texts",
            vector->prompts, embedded_)));
  }
}

}  // namespace recon
