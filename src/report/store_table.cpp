#include "recon/report/store_table.hpp"

#include "recon/core/text.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "text_table.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// An identity may hold a whole chat template.
constexpr std::size_t longest_title = 100;

std::string title_of(const std::optional<std::string>& identity) {
  if (!identity) return "removed questions";
  std::string title = collapse_white_space(*identity);
  if (title.size() <= longest_title) return title;
  std::size_t end = longest_title;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0U) == 0x80U) --end;
  return title.substr(0, end) + "...";
}

std::vector<std::string> row_of(std::string name, const StoreGroup& group) {
  return {std::move(name),
          fmt::to_string(group.questions),
          fmt::to_string(group.answered),
          fmt::to_string(group.failed),
          fmt::to_string(group.open()),
          fmt::to_string(group.answers),
          fmt::to_string(group.calls),
          fmt::to_string(group.usage.prompt),
          fmt::to_string(group.usage.cached),
          fmt::to_string(group.usage.completion),
          fmt::to_string(group.usage.reasoning),
          fmt::format("{:.4f}", group.usd)};
}

TextTable table_of(std::string title) {
  return {std::move(title),
          {"purpose", "questions", "answered", "failed", "open", "answers", "calls", "prompt", "cached",
           "completion", "reasoning", "USD"},
          {},
          {}};
}

Json group_json(const StoreGroup& group) {
  return {{"questions", group.questions},
          {"answered", group.answered},
          {"failed", group.failed},
          {"open", group.open()},
          {"answers", group.answers},
          {"calls", group.calls},
          {"tokens",
           {{"prompt", group.usage.prompt},
            {"cached", group.usage.cached},
            {"completion", group.usage.completion},
            {"reasoning", group.usage.reasoning}}},
          {"usd", group.usd},
          {"usd_assumed", group.usd_assumed}};
}

}  // namespace

std::string store_table(const StoreStatistics& statistics) {
  std::vector<std::pair<std::optional<std::string>, TextTable>> tables;
  for (const StoreGroup& group : statistics.groups) {
    if (tables.empty() || tables.back().first != group.identity)
      tables.emplace_back(group.identity, table_of(title_of(group.identity)));
    tables.back().second.rows.push_back(row_of(group.purpose.value_or("-"), group));
  }
  std::string text;
  for (const auto& [identity, table] : tables) text += plain_text(table) + "\n";
  TextTable total = table_of("all models");
  total.header.front() = "";
  total.rows.push_back(row_of("total", statistics.total));
  if (statistics.total.usd_assumed > 0) {
    total.notes.push_back(fmt::format("{:.4f} USD of it assumed: calls that were sent and never answered",
                                      statistics.total.usd_assumed));
  }
  total.notes.push_back(
      fmt::format("{:.1f} MiB on disk", static_cast<double>(statistics.bytes) / (1024.0 * 1024.0)));
  return text + plain_text(total);
}

Json store_statistics_json(const StoreStatistics& statistics) {
  Json groups = Json::array();
  for (const StoreGroup& group : statistics.groups) {
    Json value = {{"identity", group.identity ? Json(*group.identity) : Json(nullptr)},
                  {"purpose", group.purpose ? Json(*group.purpose) : Json(nullptr)}};
    value.update(group_json(group));
    groups.push_back(std::move(value));
  }
  return {
      {"groups", std::move(groups)}, {"total", group_json(statistics.total)}, {"bytes", statistics.bytes}};
}

}  // namespace recon
