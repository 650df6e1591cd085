#include "recon/core/error.hpp"
#include "recon/ingest/forgotten.hpp"
#include "recon/ingest/pseudonyms.hpp"
#include "recon/sources/ingest.hpp"
#include "recon/sources/source_files.hpp"
#include "recon/sources/source_kinds.hpp"
#include "recon/stages/stage_list.hpp"

#include <fmt/format.h>

namespace recon {
namespace {

const SourceConfig& source_of(const RunConfig& config) {
  if (!config.source) throw UsageError("config key 'source' is missing: ingest needs {domain, path}");
  if (config.users.empty())
    throw UsageError("config key 'users' is missing: ingest needs the people to model");
  return *config.source;
}

Forgotten forgotten_in(const RunConfig& config) { return Forgotten::read(forgotten_file(config.run_dir)); }

/// Only some sources can say what they lack.
bool lists_missing(const RunConfig& config) {
  const SourceKind* kind = config.source ? find_source_kind(config.source->domain) : nullptr;
  return kind != nullptr && kind->lists_missing;
}

std::string source_digest(const RunConfig& config) {
  return source_files_digest(source_of(config).path).hex();
}

Json fingerprint(const RunConfig& config, const Prompts& /*prompts*/, Engine& /*engine*/) {
  const SourceConfig& source = source_of(config);
  Json users = Json::array();
  for (const UserConfig& user : config.users) {
    users.push_back({{"id", user.id.str()},
                     {"name", uses_pseudonyms(source) ? pseudonym_of(user.name) : user.name},
                     {"from", user.from.value_or("")},
                     {"to", user.to.value_or("")}});
  }
  return {
      {"domain", source.domain},
      {"path", source.path.string()},
      {"excluded_targets", source.excluded_targets ? Json(*source.excluded_targets) : Json(nullptr)},
      {"subreddits", source.subreddits},
      {"pseudonyms", uses_pseudonyms(source)},
      {"drop_duplicates", source.drop_duplicates},
      {"forgotten", forgotten_in(config).entries()},
      {"users", std::move(users)},
      {"train_targets", config.split.train_targets},
      {"train_1_targets", config.split.train_1_targets},
      {"test_targets", config.split.test_targets},
      {"unit", config.split.unit},
      {"order", config.split.order},
      {"context_tokens", config.context_tokens},
      {"context_keep_first", config.context_keep_first ? Json(*config.context_keep_first) : Json(nullptr)},
      {"mask_user", config.mask_user},
      {"split_seed", config.split_seed()}};
}

void run(StageRun& run) {
  const SourceConfig& source = source_of(run.config);
  const auto reader = make_session_reader(source, run.config.users);
  run.start_output("sessions");
  run.start_output("pairs");
  IngestSettings settings{.source = source,
                          .users = run.config.users,
                          .split = run.config.split,
                          .context_tokens = static_cast<std::size_t>(run.config.context_tokens),
                          .context_keep_first = run.config.context_keep_first,
                          .mask_user = run.config.mask_user,
                          .seed = run.config.split_seed(),
                          .forgotten = forgotten_in(run.config)};
  IngestResult result = ingest(*reader, settings,
                               {[&](std::string_view line) { run.write_line("sessions", line); },
                                [&](const Pair& pair) { run.write("pairs", pair); }},
                               run.log);
  if (lists_missing(run.config)) {
    run.start_output("missing");
    for (const std::string& id : result.missing) run.write_line("missing", Json{{"id", id}}.dump());
  }
  if (!result.missing.empty()) {
    run.log.warning(fmt::format(
        "{} posts and comments that the threads need are not in the source (missing.jsonl); `recon download` "
        "fetches them",
        result.missing.size()));
  }
  for (Reject& reject : result.rejects) run.reject(std::move(reject));
  for (const auto& [name, value] : result.counts.items()) run.count(name, value);
}

}  // namespace

Stage ingest_stage() {
  return {"ingest",
          [](const RunConfig&) { return std::vector<std::string>{}; },
          [](const RunConfig& config) {
            std::vector<std::string> outputs = {"pairs", "sessions"};
            if (lists_missing(config)) outputs.emplace_back("missing");
            return outputs;
          },
          [](const RunConfig&) { return std::vector<StageModel>{}; },
          fingerprint,
          source_digest,
          run};
}

}  // namespace recon
