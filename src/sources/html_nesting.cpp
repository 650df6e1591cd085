#include "html_nesting.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "html_tags.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::size_t most_open = 256;
constexpr std::size_t most_formatting = 16;
constexpr std::size_t most_alike = 3;        ///< the parser opens no more elements of equal tags again
constexpr std::size_t most_parts = 300'000;  ///< elements and attributes of a page

// In these terms HTML tells what an end tag closes. Each list is sorted.
constexpr std::array<std::string_view, 8> barrier_names = {"applet", "caption", "marquee",  "object",
                                                           "table",  "td",      "template", "th"};
constexpr std::array<std::string_view, 40> block_names = {
    "address", "article", "aside",   "blockquote", "button", "center",   "dd",         "details",
    "dialog",  "dir",     "div",     "dl",         "dt",     "fieldset", "figcaption", "figure",
    "footer",  "h1",      "h2",      "h3",         "h4",     "h5",       "h6",         "header",
    "hgroup",  "li",      "listing", "main",       "menu",   "nav",      "ol",         "pre",
    "section", "select",  "summary", "tbody",      "tfoot",  "thead",    "tr",         "ul"};
// Inside of SVG and MathML, HTML goes on in these.
constexpr std::array<std::string_view, 9> inner_html_names = {
    "annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext", "title"};
// Where these start, SVG and MathML end.
constexpr std::array<std::string_view, 44> foreign_end_names = {
    "b",     "big",   "blockquote", "body",   "br",   "center", "code",  "dd", "div",  "dl",   "dt",
    "em",    "embed", "h1",         "h2",     "h3",   "h4",     "h5",    "h6", "head", "hr",   "i",
    "img",   "li",    "listing",    "menu",   "meta", "nobr",   "ol",    "p",  "pre",  "ruby", "s",
    "small", "span",  "strike",     "strong", "sub",  "sup",    "table", "tt", "u",    "ul",   "var"};
constexpr std::array<std::string_view, 14> formatting_names = {
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"};
// Hold nothing, or are there once whatever the page says.
constexpr std::array<std::string_view, 25> shallow_names = {
    "area",     "base", "basefont", "bgsound", "body",   "br",    "col",     "embed",  "frame",
    "head",     "hr",   "html",     "image",   "img",    "input", "isindex", "keygen", "link",
    "menuitem", "meta", "param",    "source",  "spacer", "track", "wbr"};
constexpr std::array<std::string_view, 8> raw_text_names = {"iframe", "noembed",  "noframes", "script",
                                                            "style",  "textarea", "title",    "xmp"};
constexpr std::array<std::string_view, 9> table_part_names = {"caption", "colgroup", "table", "tbody", "td",
                                                              "tfoot",   "th",       "thead", "tr"};
static_assert(std::is_sorted(barrier_names.begin(), barrier_names.end()) &&
              std::is_sorted(block_names.begin(), block_names.end()) &&
              std::is_sorted(foreign_end_names.begin(), foreign_end_names.end()) &&
              std::is_sorted(formatting_names.begin(), formatting_names.end()) &&
              std::is_sorted(shallow_names.begin(), shallow_names.end()) &&
              std::is_sorted(inner_html_names.begin(), inner_html_names.end()) &&
              std::is_sorted(raw_text_names.begin(), raw_text_names.end()) &&
              std::is_sorted(table_part_names.begin(), table_part_names.end()));

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::binary_search(names.begin(), names.end(), name);
}

enum class Kind { inline_element, formatting, block, barrier, loose };

Kind kind_of(std::string_view name) {
  if (is_one_of(formatting_names, name)) return Kind::formatting;
  if (is_one_of(barrier_names, name)) return Kind::barrier;
  if (is_one_of(block_names, name)) return Kind::block;
  return name == "form" ? Kind::loose : Kind::inline_element;
}

[[noreturn]] void refuse(std::size_t most, std::string_view what) {
  throw RunError(
      fmt::format("more than {} {}, which is no page of a podcast; save the page again", most, what));
}

/// Formatting such as `<b>` outlives what is around it: what is not ended is opened again in the next
/// paragraph.
class ActiveFormatting {
 public:
  void start(const HtmlTag& tag) {
    const auto alike = [&](const Element& element) { return element.raw == tag.raw; };
    if (static_cast<std::size_t>(std::count_if(elements_.begin(), elements_.end(), alike)) == most_alike) {
      erase(std::find_if(elements_.begin(), elements_.end(), alike));
      ++forgotten_;
    }
    elements_.push_back({tag.name, tag.raw, 1 + tag.attributes});
    parts_ += elements_.back().parts;
    if (elements_.size() > most_formatting) {
      refuse(most_formatting, "open HTML elements of formatting (<b>, <i>, <font> ...)");
    }
  }
  /// `is_innermost`: nothing else is open inside it.
  void end(std::string_view name, bool is_innermost) {
    const auto found = std::find_if(elements_.rbegin(), elements_.rend(),
                                    [&](const Element& element) { return element.name == name; });
    if (found != elements_.rend()) {
      erase(std::next(found).base());
    } else if (is_innermost && forgotten_ > 0) {
      --forgotten_;
    }
  }
  [[nodiscard]] std::size_t size() const { return elements_.size() + forgotten_; }
  /// Elements and attributes that are made when all of it is opened again.
  [[nodiscard]] std::size_t parts() const { return parts_; }

 private:
  struct Element {
    std::string name;
    std::string_view raw;
    std::size_t parts;
  };
  std::vector<Element> elements_;
  std::size_t forgotten_ = 0;  ///< not opened again, but maybe still open
  std::size_t parts_ = 0;

  void erase(std::vector<Element>::iterator element) {
    parts_ -= element->parts;
    elements_.erase(element);
  }
};

/// What is open at one place of a page.
class OpenElements {
 public:
  void start(const HtmlTag& tag) {
    count_parts(1 + tag.attributes);
    const Kind kind = kind_of(tag.name);
    const bool is_root = tag.name == "svg" || tag.name == "math";
    // A paragraph ends the one before it wherever that could matter.
    const bool is_shallow = tag.name == "p" || is_one_of(shallow_names, tag.name);
    const bool ends_foreign = is_one_of(foreign_end_names, tag.name);
    if (ends_foreign || is_shallow || kind != Kind::inline_element) in_foreign_ = false;
    if (ends_foreign && is_foreign()) leave_foreign();
    if (tag.closes_itself && (in_foreign_ || is_root)) return;
    // In SVG and MathML a name of HTML may mean nothing; elsewhere the parser drops a table's parts outside
    // of one.
    if (is_shallow && (tag.name == "p" || foreign_roots_ == 0)) return;
    const bool is_table_part = tag.name != "table" && is_one_of(table_part_names, tag.name);
    if (is_table_part && tables_ == 0 && foreign_roots_ == 0) return;
    if (is_root) {
      in_foreign_ = true;
      ++foreign_roots_;
    }
    close_implied(tag.name);
    if (kind == Kind::formatting) active_.start(tag);
    if (tag.name == "table") ++tables_;
    if (tag.name == "frameset") ++framesets_;
    open_.push_back({tag.name, kind});
    if (open_.size() + active_.size() + framesets_ > most_open)
      refuse(most_open, "HTML elements inside one another");
  }

  void end(const HtmlTag& tag) {
    count_parts(1);
    if (tag.name == "svg" || tag.name == "math") in_foreign_ = false;
    if (!is_one_of(shallow_names, tag.name)) close(tag.name);
  }

  /// Whether SVG or MathML may be open, where no element's content is raw text.
  [[nodiscard]] bool is_foreign() const { return foreign_roots_ > 0; }

 private:
  struct Element {
    std::string name;
    Kind kind;
  };
  std::vector<Element> open_;
  ActiveFormatting active_;
  std::size_t tables_ = 0;
  std::size_t framesets_ = 0;      ///< of the page so far: where they count, nothing else does
  std::size_t foreign_roots_ = 0;  ///< open `svg` and `math`
  std::size_t parts_ = 0;          ///< of the page so far
  bool in_foreign_ = false;        ///< and in nothing of HTML inside it

  void count_parts(std::size_t own) {
    parts_ += own + active_.parts();
    if (parts_ > most_parts) refuse(most_parts, "HTML elements and attributes");
  }

  static bool is_foreign_root(const Element& element) {
    return element.name == "svg" || element.name == "math";
  }

  /// Unless the place is one of those inside SVG and MathML where HTML goes on.
  void leave_foreign() {
    const auto root = std::find_if(open_.begin(), open_.end(), is_foreign_root);
    const bool is_left = std::all_of(root, open_.end(), [](const Element& element) {
      return (element.kind == Kind::inline_element || element.kind == Kind::formatting) &&
             !is_one_of(inner_html_names, element.name);
    });
    if (!is_left) return;
    open_.erase(std::remove_if(root, open_.end(), is_foreign_root), open_.end());
    foreign_roots_ = 0;
  }

  /// An item right inside another is its next sibling; a link inside a link ends it.
  void close_implied(std::string_view name) {
    if (is_foreign()) return;
    if (name == "a" || name == "nobr") close(name);
    if (open_.empty()) return;
    const std::string_view top = open_.back().name;
    const auto both = [&](std::string_view one, std::string_view other) {
      return (name == one || name == other) && (top == one || top == other);
    };
    if (name == "tr" && (top == "td" || top == "th")) {
      open_.pop_back();
      close_implied(name);
    } else if (both("li", "li") || both("dd", "dt") || both("td", "th") || both("tr", "tr") ||
               both("option", "option")) {
      open_.pop_back();
    }
  }

  [[nodiscard]] std::optional<std::size_t> find_open(std::string_view name) const {
    const Kind kind = kind_of(name);
    const bool is_table_part = is_one_of(table_part_names, name);
    for (std::size_t i = open_.size(); i-- > 0;) {
      const Element& element = open_[i];
      if (element.name == name) return i;
      if (element.kind == Kind::barrier &&
          (!is_table_part || element.name == "table" || element.name == "template")) {
        return std::nullopt;
      }
      if (element.kind == Kind::block && kind == Kind::inline_element) return std::nullopt;
      const bool goes_on = is_one_of(inner_html_names, element.name);
      if (goes_on && (is_foreign() || kind == Kind::inline_element)) return std::nullopt;
      if (name == "li" && (element.name == "ul" || element.name == "ol")) return std::nullopt;
    }
    return std::nullopt;
  }

  /// Ends the nearest open element of that name with what is in it.
  void close(std::string_view name) {
    const std::optional<std::size_t> found = find_open(name);
    const Kind kind = kind_of(name);
    // Formatting may be active without being open here.
    if (kind == Kind::formatting && (found || !is_behind_barrier())) {
      active_.end(name, found && *found + 1 == open_.size());
    }
    if (!found) return;
    const auto at = open_.begin() + static_cast<std::ptrdiff_t>(*found);
    // In SVG and MathML a name of HTML may be something else, that holds nothing of what came after it.
    const bool alone =
        kind == Kind::formatting || kind == Kind::loose || (is_foreign() && kind != Kind::inline_element);
    const auto end = alone ? std::next(at) : open_.end();
    for (auto element = at; element != end; ++element) {
      if (element->name == "table") --tables_;
      if (is_foreign_root(*element)) --foreign_roots_;
    }
    open_.erase(at, end);
  }

  [[nodiscard]] bool is_behind_barrier() const {
    return std::any_of(open_.begin(), open_.end(),
                       [](const Element& element) { return element.kind == Kind::barrier; });
  }
};

}  // namespace

void check_html_nesting(std::string_view content) {
  HtmlTagScanner scanner(content);
  OpenElements open;
  while (const std::optional<HtmlTag> tag = scanner.next()) {
    if (tag->is_end) {
      open.end(*tag);
    } else if (is_one_of(raw_text_names, tag->name) && !open.is_foreign()) {
      scanner.skip_raw_text(tag->name);
    } else {
      open.start(*tag);
    }
  }
}

}  // namespace recon
