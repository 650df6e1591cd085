#include "recon/core/error.hpp"

#include <algorithm>
#include <set>

#include "days.hpp"
#include "download_kinds.hpp"
#include "hansard_wire.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// A younger day's table of contents may still be to come, or lack a part.
constexpr std::chrono::days settled_after{14};

/// Days from the first, included, to the last, excluded.
struct Tenure {
  Day from, to;
};

std::vector<Tenure> tenures_of(const std::vector<UserConfig>& users, Day today) {
  std::vector<Tenure> tenures;
  for (const UserConfig& user : users) {
    const auto from = user.from ? day_at_start(*user.from) : std::nullopt;
    if (!from) {
      throw UsageError(fmt::format(
          "users: '{}' has no 'from'; give the first day in office, and in 'to' the successor's first day (a "
          "prime minister still in office has no 'to')",
          user.id.str()));
    }
    // Today's sitting may not have ended.
    const Day to = std::min(today, user.to ? day_at_start(*user.to).value_or(today) : today);
    if (*from < to) tenures.push_back({*from, to});
  }
  if (tenures.empty())
    throw UsageError(
        fmt::format("users: none of the ranges 'from' to 'to' has a day before {}", iso_day(today)));
  return tenures;
}

class HansardDownload {
 public:
  HansardDownload(std::string base, std::vector<Tenure> tenures, Fetcher& fetcher, Log& log)
      : base_(std::move(base)), tenures_(std::move(tenures)), fetcher_(&fetcher), log_(&log) {}

  void run() {
    const std::set<Day> days = sitting_days();
    if (!fetcher_->dry_run()) log_->info(fmt::format("{} days to look at", days.size()));
    for (const Day day : days) fetch_day(day);
    if (!fetcher_->dry_run())
      log_->info(fmt::format("{} of {} days have Prime Minister's Questions", days_held_, days.size()));
  }

 private:
  std::string base_;
  std::vector<Tenure> tenures_;
  Fetcher* fetcher_;
  Log* log_;
  std::size_t days_held_ = 0;

  [[nodiscard]] bool is_wanted(Day day) const {
    return std::any_of(tenures_.begin(), tenures_.end(),
                       [&](const Tenure& tenure) { return tenure.from <= day && day < tenure.to; });
  }

  [[nodiscard]] std::set<Day> sitting_days() {
    std::set<std::chrono::year_month> months;
    for (const Tenure& tenure : tenures_) {
      const auto last = month_of(tenure.to - std::chrono::days(1));
      for (auto month = month_of(tenure.from); month <= last; month += std::chrono::months(1))
        months.insert(month);
    }
    std::set<Day> days;
    for (const std::chrono::year_month month : months) {
      for (const Day day : days_of(month)) {
        if (is_wanted(day)) days.insert(day);
      }
    }
    return days;
  }

  /// The month's sitting days, or its weekdays where the calendar knows none.
  [[nodiscard]] std::vector<Day> days_of(std::chrono::year_month month) {
    const Day first = Day(month / 1);
    const Day next = Day((month + std::chrono::months(1)) / 1);
    FetchRequest request;
    request.url = fmt::format("{}/overview/calendar.json?year={}&month={}&house=Commons", base_,
                              static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
    // A month that is not over has another calendar tomorrow.
    const std::string as_of =
        next <= fetcher_->today() ? "" : fmt::format("_as_of_{}", iso_day(fetcher_->today()));
    request.file = fmt::format("calendar/{}{}.json", iso_month(month), as_of);
    request.check = [](std::string_view body) { static_cast<void>(parse_sitting_days(body)); };
    const FetchResult result = fetcher_->fetch(request);
    if (!result.has_body() && result.outcome != FetchOutcome::not_found) return {};
    std::vector<Day> days;
    if (result.has_body()) days = parse_sitting_days(result.body);
    std::erase_if(days, [&](Day day) { return day < first || day >= next; });
    if (!days.empty()) return days;
    log_->verbose(
        fmt::format("{}: the calendar knows no sitting day, so each weekday is looked at", iso_month(month)));
    for (Day day = first; day < next; day += std::chrono::days(1)) {
      if (is_weekday(day)) days.push_back(day);
    }
    return days;
  }

  void fetch_day(Day day) {
    const std::string date = iso_day(day);
    FetchRequest request;
    request.url =
        fmt::format("{}/overview/sectiontrees.json?section=Debate&date={}&house=Commons", base_, date);
    request.file = fmt::format("sectiontrees/{}.json", date);
    request.check = [](std::string_view body) { static_cast<void>(parse_prime_minister_debates(body)); };
    const bool settled = fetcher_->today() - day >= settled_after;
    if (!settled)
      request.keep = [](std::string_view body) { return parse_prime_minister_debates(body).held; };
    const FetchResult result = fetcher_->fetch(request);
    if (!result.has_body()) return;
    const PrimeMinisterDebates debates = parse_prime_minister_debates(result.body);
    if (!debates.held) {
      if (!settled)
        fetcher_->leave_out("recent days without Prime Minister's Questions (the next run asks again)");
      return;
    }
    ++days_held_;
    for (const std::string& refused : debates.refused) {
      fetcher_->fail(fmt::format(
          "{}: the debate {} is not fetched: its id can't be used in an address; expected letters, digits "
          "and '-'",
          date, refused));
    }
    for (const std::string& id : debates.ids) fetch_debate(date, id);
  }

  void fetch_debate(const std::string& date, const std::string& id) {
    FetchRequest request;
    request.url = fmt::format("{}/debates/debate/{}.json", base_, id);
    request.file = fmt::format("debates/{}/{}.json", date, id);
    request.check = check_debate;
    request.wants_body = false;
    if (fetcher_->fetch(request).outcome == FetchOutcome::not_found)
      log_->warning(fmt::format("{}: the debate {} is in the day's list, but not there", date, id));
  }
};

}  // namespace

void download_hansard(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                      Log& log) {
  HansardDownload(checked_base_url(source.download.hansard_url, "hansard_url"),
                  tenures_of(users, fetcher.today()), fetcher, log)
      .run();
}

}  // namespace recon
