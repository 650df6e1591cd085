#include "recon/sources/source_kinds.hpp"

#include "recon/core/error.hpp"

#include <algorithm>

#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

const std::vector<SourceKind>& source_kinds() {
  static const std::vector<SourceKind> kinds = {
      oyez_source(), pmq_source(), podcast_source(), reddit_source(), sessions_source(),
  };
  return kinds;
}

const SourceKind* find_source_kind(std::string_view domain) {
  const auto& kinds = source_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const SourceKind& kind) { return kind.domain == domain; });
  return found == kinds.end() ? nullptr : &*found;
}

ContextBudget context_budget(std::size_t tokens, std::optional<bool> keep_first, std::string_view domain) {
  const SourceKind* kind = find_source_kind(domain);
  return {tokens, keep_first.value_or(kind != nullptr && kind->keep_first_turn)};
}

std::unique_ptr<SessionReader> make_session_reader(const SourceConfig& config,
                                                   const std::vector<UserConfig>& users) {
  if (const SourceKind* kind = find_source_kind(config.domain)) return kind->open(config, users);
  std::string known;
  for (const SourceKind& kind : source_kinds()) known += fmt::format(" {}", kind.domain);
  throw UsageError(fmt::format("source.domain: no reader for '{}'; known are{}", config.domain, known));
}

}  // namespace recon
