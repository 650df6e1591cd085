#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace recon {

/// How text for a terminal is laid out.
struct PageStyle {
  std::size_t width = 100;  ///< columns
  bool colour = false;
};

/// Builds text for a terminal. Whatever comes from files or models is shown as text: control characters that
/// could move the cursor or change colours are replaced.
class Page {
 public:
  explicit Page(PageStyle style) : style_(style) {}
  void heading(std::string_view text);
  void subheading(std::string_view text);
  /// Wrapped at the page's width; lines of the text stay lines.
  void text(std::string_view text, std::size_t indent = 0);
  void blank() { text_ += "\n"; }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  PageStyle style_;
  std::string text_;
};

/// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(std::int64_t number);
/// Dollars with as many places as matter.
[[nodiscard]] std::string dollars(double usd);

}  // namespace recon
