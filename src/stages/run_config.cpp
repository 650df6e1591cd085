#include "recon/stages/run_config.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/ingest/pseudonyms.hpp"
#include "recon/methods/method.hpp"
#include "recon/sources/ingest.hpp"
#include "recon/sources/source_kinds.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace recon {
namespace {

/// What is not set takes the paper's or our default.
void default_to(SamplingOverride& sampling, std::optional<double> temperature, std::optional<double> top_p) {
  if (!sampling.temperature && temperature) sampling.temperature = temperature;
  if (!sampling.top_p && top_p) sampling.top_p = top_p;
}

void read_sections(ConfigSection& root, RunConfig& config) {
  root.section("retrieve", "Nearest train contexts for each test context", [&](ConfigSection& section) {
    section.value("model", config.retrieve.model, "embedder, a name in `models`", Decides{"other"});
    section.value("k", config.retrieve.k, "examples per test context", Decides{"2"});
    if (config.retrieve.k < 1 || config.retrieve.k > 1000) {
      throw UsageError(fmt::format("{}: expected 1..1000", section.where("k")));
    }
  });
  root.section("synthesize", "Reasoning traces for train pairs", [&](ConfigSection& section) {
    SynthesizeConfig& synthesize = config.synthesize;
    section.value("model", synthesize.model, "reasoning model, a name in `models`", Decides{"other"});
    section.choice("scope", synthesize.scope, {"retrieved", "all"},
                   "pairs that a test pair retrieved, or the whole pool", Decides{"all"});
    section.value("candidates", synthesize.candidates, "traces sampled per pair (N)", Decides{"3"});
    if (synthesize.candidates < 1 || synthesize.candidates > 64) {
      throw UsageError(fmt::format("{}: expected 1..64", section.where("candidates")));
    }
    section.range("words", synthesize.words, 1,
                  "length of a trace that the prompt asks for, in words: [least, most]; null asks for none",
                  Decides{"[15, 30]", "null"});
    synthesize.sampling = SamplingOverride::read(section);
    default_to(synthesize.sampling, 1.0, std::nullopt);
    section.section("baseline", "Sampling of Backward Synthesis",
                    [&](ConfigSection& baseline) { synthesize.baseline = SamplingOverride::read(baseline); });
    if (!synthesize.baseline.max_tokens) synthesize.baseline.max_tokens = synthesize.sampling.max_tokens;
    default_to(synthesize.baseline, 0.6, 0.95);
  });
  root.section("reconstruct", "The action from context + candidate", [&](ConfigSection& section) {
    section.value("model", config.reconstruct.model, "action model, a name in `models`", Decides{"other"});
    config.reconstruct.sampling = SamplingOverride::read(section);
  });
  root.section("judge", "Scores of all candidates of a pair", [&](ConfigSection& section) {
    section.value("model", config.judge.model, "judge of the scorer `llm`, a name in `models`",
                  Decides{"other"});
    section.choice(
        "scorer", config.judge.scorer, {"llm", "likelihood"},
        "a listwise LLM judge, or the log-probability of the true action under the reconstruct model",
        Decides{"likelihood"});
    section.value("explain", config.judge.explain,
                  "with the scorer `llm`: the judge says why in up to 60 words before it scores",
                  Decides{"true"});
    config.judge.sampling = SamplingOverride::read(section);
  });
  root.section("select", "The trace kept for each pair", [&](ConfigSection& section) {
    if (config.judge.likelihood()) config.select.max_copied = 0.3;
    section.value("max_copied", config.select.max_copied,
                  "candidates that copy a larger share of the action are left out; null = no limit; "
                  "default 0.3 with the likelihood scorer, no limit with the LLM judge",
                  Decides{"0.05"});
  });
  root.section("generate", "The action for each test context, per method", [&](ConfigSection& section) {
    section.value("model", config.generate.model, "action model, a name in `models`", Decides{"other"});
    section.value("methods", config.generate.methods, "methods to compare; docs/method.md lists them",
                  Decides{"[recon-select]", "[random-3, random, recon-select]"});
    section.value("example_context_tokens", config.generate.example_context_tokens,
                  "budget of each example's context", Decides{"30"});
    config.generate.sampling = SamplingOverride::read(section);
    for (const std::string& method : config.generate.methods) {
      if (find_method(method) == nullptr)
        throw UsageError(fmt::format("{}: {}", section.where("methods"), unknown_method(method)));
    }
    std::vector<std::string> sorted = config.generate.methods;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
      throw UsageError(fmt::format("{}: a method stands twice", section.where("methods")));
    }
  });
  root.section("evaluate", "Methods compared", [&](ConfigSection& section) {
    section.value("model", config.evaluate.model, "judge of the metric `judge`, a name in `models`",
                  Decides{"other"});
    section.value("baseline", config.evaluate.baseline, "the method that the others are compared with",
                  Decides{"random", "random-4"});
    section.choice("metric", config.evaluate.metric, {"judge", "likelihood"},
                   "a pairwise LLM judge, or the log-probability of the true action under the generate model",
                   Decides{"likelihood"});
    section.value("explain", config.evaluate.explain,
                  "with the metric `judge`: the judge says why in up to 60 words before its verdicts",
                  Decides{"true"});
    section.value("leak", config.evaluate.leak,
                  "with the likelihood metric: measure how much the traces give away", Decides{"false"});
    config.evaluate.sampling = SamplingOverride::read(section);
    if (find_method(config.evaluate.baseline) == nullptr)
      throw UsageError(
          fmt::format("{}: {}", section.where("baseline"), unknown_method(config.evaluate.baseline)));
  });
}

BudgetLimits read_budget(ConfigSection& root) {
  BudgetLimits limits;
  root.value("budget_usd", limits.usd, "USD that all calls of this run together may cost at most",
             Irrelevant{Because::money, "1000"});
  if (limits.usd && (!std::isfinite(*limits.usd) || *limits.usd < 0))
    throw UsageError(fmt::format("{}: must be 0 or more", root.where("budget_usd")));
  std::optional<double> tokens;
  root.value("budget_tokens", tokens, "tokens of prompts and replies that this run may use at most",
             Irrelevant{Because::money, "1000000000"});
  constexpr double most = 9e15;  // whole numbers are exact up to here
  if (tokens && !(*tokens >= 0 && *tokens <= most && std::floor(*tokens) == *tokens))
    throw UsageError(fmt::format("{}: must be a whole number, 0 or more", root.where("budget_tokens")));
  if (tokens) limits.tokens = static_cast<std::int64_t>(*tokens);
  return limits;
}

/// The manifest shall not name whom the run's files hide.
void hide_names(RunConfig& config) {
  if (!config.source || !uses_pseudonyms(*config.source)) return;
  for (std::size_t i = 0; i < config.users.size(); ++i)
    config.resolved["users"][i]["name"] = pseudonym_of(config.users[i].name);
}

}  // namespace

RunConfig RunConfig::read(const ConfigDocument& document) {
  RunConfig config;
  ConfigSection root = document.root();
  std::string run_dir = "runs/default";
  root.value("run_dir", run_dir, "where the run's files go", Irrelevant{Because::place, "elsewhere"});
  config.run_dir = run_dir;
  std::optional<std::string> store;
  root.value("store", store, "response store; default: responses.sqlite in run_dir",
             Irrelevant{Because::place, "elsewhere.sqlite"});
  if (store) config.store = *store;
  root.choice(
      "store_journal", config.store_journal, {"auto", "wal", "rollback"},
      "how the store keeps half-written data apart: auto takes wal, and rollback on network file systems",
      Irrelevant{Because::place, "rollback"});
  config.budget = read_budget(root);
  root.value("seed", config.seed, "of every random choice", Decides{"8"});
  if (root.has("source") || root.describing()) {
    config.source = SourceConfig::read(root);
  } else {
    root.section("source", "The raw conversations", [](ConfigSection&) {});  // only ingest needs it
  }
  config.users = UserConfig::read(root);
  config.split = SplitConfig::read(root);
  root.value("context_tokens", config.context_tokens,
             "budget of a pair's context; the most recent turns are kept", Decides{"40"});
  bool keep_first = false;
  root.value(
      "context_keep_first", keep_first,
      "keep a context's first turn, cut at its end to half of the budget where it must be; default: true "
      "for sessions of the domain reddit, whose first turn is the post, false for the rest",
      Decides{"true"});
  if (root.has("context_keep_first")) config.context_keep_first = keep_first;
  root.value("mask_user", config.mask_user,
             "write [me] for the user's full name and surname, with or without a title, in contexts",
             Decides{"true"});
  std::map<std::string, std::string> prompts;
  root.strings(
      "prompts", prompts, "prompt name -> file that replaces the one compiled in",
      Decides{"{backward: other-backward}", "{reconstruct: other-reconstruct}", "{judge: other-judge}",
              "{generate: other-generate}", "{judge_pairwise: other-judge_pairwise}", "{leak: other-leak}"});
  for (auto& [name, file] : prompts) config.prompts[name] = file;
  config.models = ModelConfig::read(root);
  read_sections(root, config);
  root.finish();
  config.resolved = document.as_json();
  hide_names(config);
  return config;
}

ContextBudget example_budget(const RunConfig& config, std::string_view domain) {
  return context_budget(static_cast<std::size_t>(config.generate.example_context_tokens),
                        config.context_keep_first, domain);
}

const ModelConfig& RunConfig::model(const std::string& name, std::string_view key) const {
  return named_model(models, name, key);
}

Json config_schema() {
  const ConfigDocument document = ConfigDocument::describing();
  (void)RunConfig::read(document);
  return document.schema();
}

std::vector<KeyDeclaration> config_keys() {
  const ConfigDocument document = ConfigDocument::describing();
  (void)RunConfig::read(document);
  return document.declarations();
}

}  // namespace recon
