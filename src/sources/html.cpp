#include "recon/sources/html.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <utility>

#include "html_nesting.hpp"
#include <fmt/format.h>
#include <gumbo.h>

namespace recon {

namespace {

constexpr std::size_t longest_page = std::size_t{8} << 20U;

/// All memory of a tree is released at once: the parser would release it node by node, by recursion.
GumboOptions parser_options(std::pmr::monotonic_buffer_resource& memory) {
  GumboOptions options = kGumboDefaultOptions;
  options.userdata = &memory;
  options.allocator = [](void* resource, std::size_t size) noexcept {
    return static_cast<std::pmr::monotonic_buffer_resource*>(resource)->allocate(size);
  };
  options.deallocator = [](void* /*resource*/, void* /*block*/) noexcept {};
  // Errors are of no interest, and each would hold a copy of the names of all open elements.
  options.max_errors = 0;
  return options;
}

bool is_element_node(const GumboNode* node) { return node->type == GUMBO_NODE_ELEMENT; }

bool is_text_node(const GumboNode* node) {
  return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
         node->type == GUMBO_NODE_CDATA;
}

const GumboNode* child(const GumboNode* node, std::size_t index) {
  return static_cast<const GumboNode*>(node->v.element.children.data[index]);
}

/// Collects the text of an element, with a line break where one is shown.
class TextCollector final : public HtmlVisitor {
 public:
  bool enter(HtmlNode element) override {
    const std::string_view tag = element.tag();
    if (tag == "script" || tag == "style") return false;
    if (tag == "br" || is_html_block(tag)) text_ += '\n';
    return true;
  }
  void leave(HtmlNode element) override {
    if (is_html_block(element.tag())) text_ += '\n';
  }
  void text(std::string_view text) override { text_ += text; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Collects elements; `only_first` leaves out the rest of the page once there is one.
class ElementCollector final : public HtmlVisitor {
 public:
  ElementCollector(const HtmlTest& test, bool only_first) : test_(test), only_first_(only_first) {}
  bool enter(HtmlNode element) override {
    if (only_first_ && !found_.empty()) return false;
    if (test_(element)) found_.push_back(element);
    return true;
  }
  void leave(HtmlNode /*element*/) override {}
  void text(std::string_view /*text*/) override {}
  [[nodiscard]] std::vector<HtmlNode> take() { return std::move(found_); }

 private:
  const HtmlTest& test_;
  bool only_first_;
  std::vector<HtmlNode> found_;
};

bool is_class_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

}  // namespace

bool HtmlNode::is_element() const { return is_element_node(node_); }

std::string_view HtmlNode::tag() const {
  return is_element() ? gumbo_normalized_tagname(node_->v.element.tag) : std::string_view{};
}

std::optional<std::string_view> HtmlNode::attribute(std::string_view name) const {
  if (!is_element()) return std::nullopt;
  const GumboVector& attributes = node_->v.element.attributes;
  for (unsigned int i = 0; i < attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(attributes.data[i]);
    if (attribute->name == name) return attribute->value;
  }
  return std::nullopt;
}

bool HtmlNode::has_class(std::string_view name) const {
  const std::string_view classes = attribute("class").value_or(std::string_view{});
  for (std::size_t at = classes.find(name); at != std::string_view::npos; at = classes.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || is_class_space(classes[at - 1])) &&
        (end == classes.size() || is_class_space(classes[end]))) {
      return true;
    }
  }
  return false;
}

std::string HtmlNode::text() const {
  if (is_text_node(node_)) return node_->v.text.text;
  TextCollector collector;
  visit_html(*this, collector);
  return collector.take();
}

struct HtmlPage::Tree {
  explicit Tree(std::string_view content) : memory(content.size()) {
    const GumboOptions options = parser_options(memory);
    output = gumbo_parse_with_options(&options, content.data(), content.size());
  }

  std::pmr::monotonic_buffer_resource memory;
  const GumboOutput* output = nullptr;
};

HtmlPage::HtmlPage(std::string_view content) {
  if (content.size() > longest_page) {
    throw RunError(fmt::format("a page of {} bytes, expected at most {}; save the episode's page alone",
                               content.size(), longest_page));
  }
  if (const auto bad = invalid_utf8_at(content)) {
    throw RunError(fmt::format("byte {} is not UTF-8; convert the page to UTF-8", *bad));
  }
  check_html_nesting(content);
  tree_ = std::make_unique<Tree>(content);
}

HtmlPage::~HtmlPage() = default;
HtmlPage::HtmlPage(HtmlPage&&) noexcept = default;
HtmlPage& HtmlPage::operator=(HtmlPage&&) noexcept = default;

HtmlNode HtmlPage::root() const { return HtmlNode(tree_->output->root); }

void visit_html(HtmlNode node, HtmlVisitor& visitor) {
  if (!node.is_element()) return;
  struct Place {
    const GumboNode* element;
    std::size_t next;
  };
  std::vector<Place> places = {{node.get(), 0}};
  while (!places.empty()) {
    Place& place = places.back();
    if (place.next == place.element->v.element.children.length) {
      if (places.size() > 1) visitor.leave(HtmlNode(place.element));
      places.pop_back();
      continue;
    }
    const GumboNode* below = child(place.element, place.next++);
    if (is_text_node(below)) {
      visitor.text(below->v.text.text);
    } else if (is_element_node(below)) {
      if (visitor.enter(HtmlNode(below))) {
        places.push_back({below, 0});
      } else {
        visitor.leave(HtmlNode(below));
      }
    }
  }
}

bool is_html_block(std::string_view tag) {
  static constexpr std::array<std::string_view, 40> blocks = {
      "address", "article", "aside",    "blockquote", "body",   "center", "dd",   "details", "dialog", "div",
      "dl",      "dt",      "fieldset", "figcaption", "figure", "footer", "form", "h1",      "h2",     "h3",
      "h4",      "h5",      "h6",       "header",     "hr",     "html",   "li",   "main",    "nav",    "ol",
      "p",       "pre",     "section",  "summary",    "table",  "tbody",  "td",   "th",      "tr",     "ul"};
  static_assert(std::is_sorted(blocks.begin(), blocks.end()));
  return std::binary_search(blocks.begin(), blocks.end(), tag);
}

std::vector<HtmlNode> find_html(HtmlNode node, const HtmlTest& test) {
  ElementCollector collector(test, false);
  visit_html(node, collector);
  return collector.take();
}

std::optional<HtmlNode> find_first_html(HtmlNode node, const HtmlTest& test) {
  ElementCollector collector(test, true);
  visit_html(node, collector);
  const std::vector<HtmlNode> found = collector.take();
  return found.empty() ? std::nullopt : std::optional(found.front());
}

}  // namespace recon
