#pragma once

#include "recon/core/json_fwd.hpp"
#include "recon/records/fields.hpp"
#include "recon/records/ids.hpp"

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace recon {

/// What a question, a record or a reject is about (DESIGN section 1): a pair and what applies of the rest, or
/// a place in a source.
struct Subject {
  PairId pair;
  std::string method = {};
  std::string judge = {};  ///< a name under `models:`
  std::optional<int> candidate = {};
  std::optional<int> replicate = {};  ///< absent = 0
  std::string file = {};              ///< of a source
  std::optional<std::size_t> line = {};
  std::string item = {};  ///< the source's own name of a part: a session, a post, a speech

  [[nodiscard]] static Subject of_pair(PairId pair) { return {std::move(pair)}; }
  [[nodiscard]] static Subject of_method(PairId pair, std::string method) {
    return {std::move(pair), std::move(method)};
  }
  [[nodiscard]] static Subject of_candidate(PairId pair, int candidate) {
    return {std::move(pair), {}, {}, candidate};
  }
  [[nodiscard]] static Subject of_file(std::string file, std::optional<std::size_t> line = {},
                                       std::string item = {}) {
    return {{}, {}, {}, {}, {}, std::move(file), line, std::move(item)};
  }
  [[nodiscard]] static Subject of_item(std::string item) { return of_file({}, {}, std::move(item)); }

  static constexpr auto fields() {
    using enum Presence;
    return std::tuple(
        field("pair", &Subject::pair, "", if_set), field("method", &Subject::method, "", if_set),
        field("judge", &Subject::judge, "", if_set), field("candidate", &Subject::candidate, "", if_set),
        field("replicate", &Subject::replicate, "", if_set), field("file", &Subject::file, "", if_set),
        field("line", &Subject::line, "", if_set), field("item", &Subject::item, "", if_set));
  }

  /// In one line, for messages and for the store's explanations of questions: `PAIR`, `PAIR METHOD`,
  /// `PAIR#CANDIDATE`, `PAIR METHOD by JUDGE`, ` (replicate N)` at the end; `FILE:LINE ITEM` of a source.
  [[nodiscard]] std::string text() const;
  /// The subject whose text that is. A text of no pair is an item.
  [[nodiscard]] static Subject from_text(std::string_view text);
  auto operator<=>(const Subject&) const =
      default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

}  // namespace recon
