#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace recon {

/// A start or end tag.
struct HtmlTag {
  std::string name;      ///< in lower case
  std::string_view raw;  ///< as it stands in the page
  bool is_end = false;
  bool closes_itself = false;  ///< "/>"
  std::size_t attributes = 0;
};

/// Goes through the tags of a page as a browser does, in linear time.
class HtmlTagScanner {
 public:
  explicit HtmlTagScanner(std::string_view content) : content_(content) {}

  /// The next tag; nullopt at the end of the page. Throws RunError for a tag of more than 256 attributes.
  [[nodiscard]] std::optional<HtmlTag> next();
  /// Moves past the text of an element such as `script`, up to its end tag where there is one.
  void skip_raw_text(const std::string& name);

 private:
  std::string_view content_;
  std::size_t at_ = 0;
  std::set<std::string> unended_;  ///< names whose end tag does not come any more

  void skip_past(std::string_view what, std::size_t from);
  void skip_comment();
  [[nodiscard]] std::optional<HtmlTag> read_tag(std::size_t name, bool is_end);
  [[nodiscard]] std::size_t past_attribute(std::size_t at) const;
};

}  // namespace recon
