#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct GumboInternalNode;

namespace recon {

/// A node of an HtmlPage: an element or a run of text. A light handle, valid as long as its page.
class HtmlNode {
 public:
  explicit HtmlNode(const GumboInternalNode* node) : node_(node) {}
  [[nodiscard]] bool is_element() const;
  /// The name in lower case; empty for text and for elements that HTML does not know.
  [[nodiscard]] std::string_view tag() const;
  /// The value with its entities decoded; nullopt where the element has no such attribute.
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const;
  /// Whether `name` is one of the element's classes.
  [[nodiscard]] bool has_class(std::string_view name) const;
  /// The text inside, entities decoded, as the page has it; a line break stands where one is shown. Without
  /// scripts and styles.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] const GumboInternalNode* get() const { return node_; }

 private:
  const GumboInternalNode* node_;
};

/// A page, parsed as browsers do: nothing in it is an error, and what is missing is put in place.
class HtmlPage {
 public:
  /// Throws RunError for a page that is not UTF-8, longer than 8 MiB, or so nested or repetitive that a tree
  /// of it would not be built in reasonable time.
  explicit HtmlPage(std::string_view content);
  ~HtmlPage();
  HtmlPage(HtmlPage&&) noexcept;
  HtmlPage& operator=(HtmlPage&&) noexcept;

  /// The element `html`.
  [[nodiscard]] HtmlNode root() const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

/// Is told of everything below a node, in the order of the page.
class HtmlVisitor {
 public:
  virtual ~HtmlVisitor() = default;
  /// False leaves out what is inside; leave() follows either way.
  [[nodiscard]] virtual bool enter(HtmlNode element) = 0;
  virtual void leave(HtmlNode element) = 0;
  virtual void text(std::string_view text) = 0;
};

/// Visits what is below `node`, however deep, without recursion. Comments and `template` elements are left
/// out.
void visit_html(HtmlNode node, HtmlVisitor& visitor);

/// Whether an element of that tag starts on a line of its own, so that words before and inside it are apart.
[[nodiscard]] bool is_html_block(std::string_view tag);

using HtmlTest = std::function<bool(HtmlNode)>;
/// The elements below `node` that pass the test, in the order of the page.
[[nodiscard]] std::vector<HtmlNode> find_html(HtmlNode node, const HtmlTest& test);
[[nodiscard]] std::optional<HtmlNode> find_first_html(HtmlNode node, const HtmlTest& test);

}  // namespace recon
