#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// Decides which turns may be targets: a turn whose text matches an excluded pattern may not (it stays in the
/// contexts of later turns). Patterns are ECMAScript regular expressions, searched anywhere in the text;
/// `(?i)` in front of one ignores the case of ASCII letters. Back references are not supported. A pattern of
/// dashes alone (`--`, an interruption) does not match those of an arrow (`-->`, a time of subtitles).
class TurnFilter {
 public:
  /// Throws UsageError for a pattern that is no regular expression.
  explicit TurnFilter(const std::vector<std::string>& excluded);
  ~TurnFilter();
  TurnFilter(TurnFilter&&) noexcept;
  TurnFilter& operator=(TurnFilter&&) noexcept;

  [[nodiscard]] bool excludes(std::string_view text) const;

 private:
  struct Pattern;
  std::vector<std::unique_ptr<Pattern>> patterns_;
};

}  // namespace recon
