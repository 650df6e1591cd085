#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace recon {

class TemplateValues;

/// What a template's variable stands for: a text, a list to repeat a section for, or only true or false.
using TemplateValue = std::variant<bool, std::string, std::vector<TemplateValues>>;

/// Values by variable. A name may be set once.
class TemplateValues {
 public:
  void set(std::string_view name, TemplateValue value);
  /// nullptr where there is none.
  [[nodiscard]] const TemplateValue* find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, TemplateValue>> values_;  ///< few enough to be looked through
};

/// A text with Mustache's variables and sections, taken apart once and rendered often. Values are filled in
/// as they are. What it renders is what the Mustache library renders; that a text is valid, the library says:
/// partials, other delimiters, lambdas and dotted names are no part of this.
class TemplateText {
 public:
  TemplateText() = default;
  /// `text` must be a valid template of the kind described above.
  explicit TemplateText(std::string_view text);

  [[nodiscard]] std::string render(const TemplateValues& values) const;

 private:
  struct Node {
    enum class Kind { text, line_end, variable, section, inverted_section };
    Kind kind = Kind::text;
    std::string text;  ///< or the variable's name
    std::vector<Node> children = {};
  };
  class Renderer;
  std::vector<Node> nodes_;

  static std::vector<Node> parse(std::string_view text, std::size_t& at);
};

}  // namespace recon
