#include "recon/report/failures_page.hpp"

#include "recon/core/text.hpp"

#include <string_view>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::size_t raw_tokens_shown = 80;

void add_reject(Page& page, const Reject& reject, ShownRejects shown) {
  page.text(reject.subject.text(), 2);
  for (const RejectCause& cause : reject.causes)
    page.text(fmt::format("{}: {}", cause.kind, cause.message), 4);
  if (reject.raw.empty()) return;
  const std::string_view raw =
      shown == ShownRejects::all ? std::string_view(reject.raw) : first_tokens(reject.raw, raw_tokens_shown);
  page.text("raw reply:", 4);
  page.text(raw, 6);
  if (raw.size() < reject.raw.size())
    page.text(fmt::format("... {} bytes more (--raw shows them)", reject.raw.size() - raw.size()), 6);
}

}  // namespace

std::string failures_page(const std::vector<RejectGroup>& groups, ShownRejects shown, PageStyle style) {
  Page page(style);
  std::string_view told;
  for (const RejectGroup& group : groups) {
    if (group.stopped && group.stage != told) {
      page.heading(fmt::format("{} stopped", group.stage));
      page.text(*group.stopped, 2);
    }
    told = group.stage;
    page.heading(
        fmt::format("{}: {}, {}", group.stage, group.cause, counted(group.rejects.size(), "record")));
    for (const Reject& reject : group.rejects) {
      add_reject(page, reject, shown);
      if (shown == ShownRejects::one_example) break;
    }
  }
  return page.str();
}

}  // namespace recon
