#include "recon/report/dataset_statistics.hpp"

#include <algorithm>
#include <array>

namespace recon {
namespace {

/// Table 1 of the paper (B.3), by the ids of the shipped configs. Its date ranges are years.
const std::array<DatasetRow, 8>& paper_rows() {
  static const std::array<DatasetRow, 8> rows = {{
      {"antonin_scalia", "scotus", {357, 4096, 73358}, 3072, {55, 512, 11417}, 17.5, "2008", "2014"},
      {"william_brennan", "scotus", {419, 4096, 72591}, 3072, {52, 512, 9883}, 15.7, "1970", "1975"},
      {"tony_blair", "pmq", {166, 4096, 4656}, 3072, {21, 512, 540}, 106.3, "1997", "2007"},
      {"david_cameron", "pmq", {131, 4096, 4668}, 3072, {16, 511, 567}, 99.9, "2010", "2016"},
      {"lex_fridman", "podcast", {20, 4021, 4325}, 3007, {3, 502, 509}, 32.0, "2023", "2025"},
      {"tim_ferriss", "podcast", {35, 4082, 4283}, 3067, {5, 512, 507}, 35.4, "2016", "2026"},
      {"reddit_1", "reddit", {3697, 4096, 7371}, 3072, {466, 512, 941}, 43.6, "2019", "2025"},
      {"reddit_2", "reddit", {4025, 4096, 5083}, 3072, {503, 512, 631}, 203.9, "2022", "2026"},
  }};
  return rows;
}

}  // namespace

std::optional<DatasetRow> paper_row(const std::string& user) {
  const auto& rows = paper_rows();
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const DatasetRow& row) { return row.user == user; });
  if (found == rows.end()) return std::nullopt;
  return *found;
}

}  // namespace recon
