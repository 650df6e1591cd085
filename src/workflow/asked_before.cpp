#include "recon/workflow/asked_before.hpp"

#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/text.hpp"
#include "recon/stages/stage_list.hpp"
#include "recon/workflow/rehearsal.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "chain.hpp"
#include "made_up.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {
namespace {

constexpr std::size_t ids_named = 3;

/// What a part of a request is to whoever wrote the config.
std::string meaning_of(const std::string& part) {
  if (part.ends_with("(system)"))
    return fmt::format("{} changed: the prompt's template or a domain text", part);
  if (part.starts_with("message"))
    return fmt::format("its input changed, {}: the texts shown, or the template around them", part);
  if (part == "continuation") return "the text to be scored changed (the true action)";
  if (part == "text") return "the text to be embedded changed (the context)";
  if (part == "reply_schema") return "the schema of the reply changed (the number of candidates, say)";
  if (part == "extra_body") return "extra_body of the model changed";
  return fmt::format("{} changed", part);
}

std::string value_text(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() ? "none" : found->dump();
}

void add_sampling(const Json& before, const Json& now, std::vector<std::string>& differences) {
  std::set<std::string> keys;
  for (const Json* sampling : {&before, &now}) {
    for (const auto& [key, value] : sampling->items()) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const std::string old_value = value_text(before, key);
    const std::string new_value = value_text(now, key);
    if (old_value != new_value)
      differences.push_back(fmt::format("sampling: {} {} -> {}", key, old_value, new_value));
  }
}

/// The questions of one pair, collected while stages are rehearsed.
struct Collected {
  ExplainedQuestion question;
  QuestionKey key;
  Digest digest;
};

class Explainer {
 public:
  Explainer(const std::string& pair, const RunConfig& config, const ConfigDocument::Environment& environment,
            const PipelineOptions& options)
      : pair_(pair),
        config_(config),
        store_(open_store_if_there(config, options)),
        answers_(ReplyLength::expected, config, store_.get(),
                 [this](const std::string& model) { return rehearsal_->engine().identity(model); }) {
    Engine::Settings settings;
    settings.make_up = [this](const Question& question, int sample) {
      ++made_;
      return answers_.answer(question, sample);
    };
    settings.observer = [this](const QuestionEvent& met) {
      answers_.learn(met);
      meet(met);
    };
    settings.filter = [this](const Subject& task) {
      return !concerned_ || std::any_of(concerned_->begin(), concerned_->end(),
                                        [&](const std::string& id) { return task.pair.str() == id; });
    };
    rehearsal_.emplace(config, config, environment, options, std::move(settings), log_);
  }

  std::vector<ExplainedStage> run(const std::optional<std::string>& only) {
    const std::vector<Stage> stages = all_stages();
    const std::vector<std::string> needed =
        with_prerequisites(stages, only ? std::vector<std::string>{*only} : final_stages(), config_);
    std::vector<ExplainedStage> explained;
    for (const Stage& stage : stages) {
      if (std::find(needed.begin(), needed.end(), stage.name) == needed.end()) continue;
      ExplainedStage entry = rehearse(stage);
      if (!only || *only == stage.name) explained.push_back(std::move(entry));
      if (stage.name == "ingest") require_pair(rehearsal_->input("pairs"), pair_);
    }
    return explained;
  }

 private:
  const std::string& pair_;
  const RunConfig& config_;
  Log log_{LogLevel::silent, LogFormat::text};
  std::unique_ptr<ResponseStore> store_;
  MadeUpAnswers answers_;
  /// The pair and those that its questions are made of; nullopt: all.
  std::optional<std::vector<std::string>> concerned_;
  std::vector<Collected> collected_;
  std::map<std::string, std::vector<StoredQuestion>> asked_before_;  ///< by record
  std::size_t made_ = 0;                                             ///< answers made up so far
  /// By artifact: the stages whose answers are made up in it.
  std::map<std::string, std::set<std::string>> made_up_;
  std::optional<Rehearsal> rehearsal_;

  ExplainedStage rehearse(const Stage& stage) {
    ExplainedStage entry;
    entry.stage = stage.name;
    entry.asks = !stage.models(config_).empty();
    entry.stale = rehearsal_->why_stale(stage);
    // A stage that is up to date is looked at for its questions alone.
    if (!entry.stale && !entry.asks) return entry;
    // To find a pair's neighbours anew all pairs are needed; for everything after that they are known.
    const bool finds_neighbors = stage.name == "ingest" || stage.name == "retrieve";
    if (!concerned_ && !(finds_neighbors && entry.stale)) concerned_ = pair_and_neighbors();
    const std::set<std::string> waits_for = made_up_inputs(stage);
    for (const Stage& earlier : all_stages()) {
      if (waits_for.contains(earlier.name)) entry.waits_for.push_back(earlier.name);
    }
    const std::size_t made_before = made_;
    try {
      attempt(stage, entry.stale.has_value());
      if (answers_.learned_late()) attempt(stage, entry.stale.has_value());
    } catch (const RunError& problem) {
      if (entry.stale) throw;
      entry.problem = problem.what();
    }
    if (entry.stale) mark_outputs(stage, waits_for, made_ > made_before);
    for (Collected& found : collected_) {
      compare(found);
      found.question.stage = stage.name;
      found.question.provisional = !entry.waits_for.empty();
      entry.questions.push_back(found.question);
    }
    return entry;
  }

  void attempt(const Stage& stage, bool keep) {
    collected_.clear();
    answers_.start_stage();
    (void)rehearsal_->run(stage, keep ? Rehearsal::Outputs::keep : Rehearsal::Outputs::discard);
  }

  [[nodiscard]] std::set<std::string> made_up_inputs(const Stage& stage) const {
    std::set<std::string> stages;
    for (const std::string& artifact : stage.inputs(config_)) {
      const auto found = made_up_.find(artifact);
      if (found != made_up_.end()) stages.insert(found->second.begin(), found->second.end());
    }
    return stages;
  }

  void mark_outputs(const Stage& stage, std::set<std::string> made_up, bool itself) {
    if (itself) made_up.insert(stage.name);
    if (made_up.empty()) return;
    for (const std::string& artifact : stage.outputs(config_)) made_up_[artifact] = made_up;
  }

  [[nodiscard]] std::vector<std::string> pair_and_neighbors() const {
    std::vector<std::string> concerned = {pair_};
    const std::filesystem::path path = rehearsal_->input("neighbors");
    if (!std::filesystem::exists(path)) return concerned;
    for_each_record<Neighbors>(path, [&](const Neighbors& neighbors) {
      if (neighbors.pair_id.str() != pair_) return;
      for (const Neighbor& neighbor : neighbors.neighbors) concerned.push_back(neighbor.pair_id.str());
    });
    return concerned;
  }

  void meet(const QuestionEvent& met) {
    if (met.task.pair.str() != pair_) return;
    Collected found;
    found.question.subject = met.task;
    found.question.purpose = met.question.purpose;
    found.question.model = met.question.model;
    found.question.samples = met.question.samples;
    found.question.computed = config_.model(met.question.model, "models").provider == "hashing";
    found.question.stored = met.stored;
    found.question.settled = met.settled && met.refused == nullptr;
    if (met.refused != nullptr) found.question.refused = met.refused->message;
    found.key = met.key;
    found.digest = met.digest;
    collected_.push_back(std::move(found));
  }

  /// Other questions of now are no earlier form of this one.
  [[nodiscard]] bool is_asked_now(const Digest& digest) const {
    return std::any_of(collected_.begin(), collected_.end(),
                       [&](const Collected& other) { return other.digest == digest; });
  }

  void compare(Collected& found) {
    if (store_ == nullptr) return;
    const auto [before, is_new] = asked_before_.try_emplace(found.question.subject.text());
    if (is_new) before->second = store_->questions_of(found.question.subject.text());
    const StoredQuestion* nearest = nullptr;
    std::vector<std::string> least;
    for (const StoredQuestion& stored : before->second) {
      if (stored.digest == found.digest) found.question.last_answer = stored.last_answer;
      if (stored.purpose != found.question.purpose || is_asked_now(stored.digest)) continue;
      ++found.question.others;
      std::vector<std::string> differences = differences_of(stored, found.key);
      const bool nearer = nearest == nullptr || differences.size() < least.size() ||
                          (differences.size() == least.size() && stored.last_answer > nearest->last_answer);
      if (!nearer) continue;
      nearest = &stored;
      least = std::move(differences);
    }
    found.question.differences = std::move(least);
    if (nearest != nullptr) found.question.before = nearest->last_answer;
  }
};

}  // namespace

std::vector<std::string> differences_of(const StoredQuestion& before, const QuestionKey& now) {
  std::vector<std::string> differences;
  if (before.identity != now.identity)
    differences.push_back(fmt::format("another model or server: {} -> {}", before.identity, now.identity));
  if (before.seed != now.seed) differences.push_back(fmt::format("seed: {} -> {}", before.seed, now.seed));
  if (before.replicate != now.replicate)
    differences.push_back(fmt::format("replicate: {} -> {}", before.replicate, now.replicate));
  const Json parts = now.parts();
  std::set<std::string> names;
  for (const Json* side : {&before.parts, &parts}) {
    for (const auto& [name, value] : side->items()) names.insert(name);
  }
  for (const std::string& name : names) {
    const Json old_part = before.parts.value(name, Json());
    const Json new_part = parts.value(name, Json());
    if (old_part == new_part) continue;
    if (name == "sampling") {
      add_sampling(old_part, new_part, differences);
    } else {
      differences.push_back(meaning_of(name));
    }
  }
  return differences;
}

std::vector<ExplainedStage> explain_questions(const std::string& pair,
                                              const std::optional<std::string>& stage,
                                              const RunConfig& config,
                                              const ConfigDocument::Environment& environment,
                                              const PipelineOptions& options) {
  return Explainer(pair, config, environment, options).run(stage);
}

void require_pair(const std::filesystem::path& pairs, const std::string& pair) {
  std::vector<std::string> known;
  bool found = false;
  for_each_record<Pair>(pairs, [&](Pair&& candidate) {
    found = found || candidate.pair_id.str() == pair;
    if (!found) known.push_back(candidate.pair_id.str());
  });
  if (found) return;
  std::vector<std::string> near;
  while (near.size() < ids_named) {
    const auto next = nearest_word(pair, known);
    if (!next) break;
    near.push_back(*next);
    std::erase(known, *next);
  }
  for (std::size_t i = 0; near.empty() && i < std::min(ids_named, known.size()); ++i)
    near.push_back(known[i]);
  throw RunError(fmt::format("{}: no pair '{}'; there are, for example, {}", pairs.string(), pair,
                             fmt::join(near, ", ")));
}

}  // namespace recon
