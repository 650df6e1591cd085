#include "template_text.hpp"

#include "recon/core/text.hpp"

#include <stdexcept>

namespace recon {

void TemplateValues::set(std::string_view name, TemplateValue value) {
  values_.emplace_back(name, std::move(value));
}

const TemplateValue* TemplateValues::find(std::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return &value;
  }
  return nullptr;
}

namespace {

/// One tag: its sigil (0 for a variable) and name, and where the text goes on.
struct Tag {
  char sigil = 0;
  std::string name;
  std::size_t end = 0;
};

Tag tag_at(std::string_view text, std::size_t begin) {
  const bool triple = begin + 2 < text.size() && text[begin + 2] == '{';
  const std::string_view closing = triple ? "}}}" : "}}";
  const std::size_t inside = begin + closing.size();
  const std::size_t end = text.find(closing, inside);
  if (end == std::string_view::npos)
    throw std::logic_error("a template with an open tag was taken for valid");
  Tag tag;
  tag.end = end + closing.size();
  std::string_view content = trim(text.substr(inside, end - inside));
  if (!triple && !content.empty() &&
      std::string_view("#^/&!").find(content.front()) != std::string_view::npos) {
    tag.sigil = content.front();
    content = trim(content.substr(1));
  }
  tag.name = std::string(content);
  return tag;
}

bool shows(const TemplateValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  const auto* list = std::get_if<std::vector<TemplateValues>>(&value);
  return list == nullptr || !list->empty();
}

}  // namespace

/// The nodes up to the end of the text or of the section that is open at `at`.
std::vector<TemplateText::Node> TemplateText::parse(std::string_view text, std::size_t& at) {
  std::vector<Node> nodes;
  while (at < text.size()) {
    const std::size_t next = std::min(text.find("{{", at), text.find_first_of("\r\n", at));
    if (next != at) {
      nodes.push_back({Node::Kind::text, std::string(text.substr(at, next - at))});
      at = std::min(next, text.size());
    } else if (text[at] != '{') {
      const std::size_t length = text.substr(at, 2) == "\r\n" ? 2 : 1;
      nodes.push_back({Node::Kind::line_end, std::string(text.substr(at, length))});
      at += length;
    } else {
      Tag tag = tag_at(text, at);
      at = tag.end;
      if (tag.sigil == '/') return nodes;
      if (tag.sigil == '!') continue;
      const bool section = tag.sigil == '#' || tag.sigil == '^';
      const Node::Kind kind = tag.sigil == '#'   ? Node::Kind::section
                              : tag.sigil == '^' ? Node::Kind::inverted_section
                                                 : Node::Kind::variable;
      nodes.push_back({kind, std::move(tag.name)});
      if (section) nodes.back().children = parse(text, at);
    }
  }
  return nodes;
}

TemplateText::TemplateText(std::string_view text) {
  std::size_t at = 0;
  nodes_ = parse(text, at);
}

/// One rendering. A line on which a section began or ended, and which is otherwise empty, is left out.
class TemplateText::Renderer {
 public:
  explicit Renderer(const TemplateValues& values) : scopes_{&values} { rendered_.reserve(4096); }

  void render(const std::vector<Node>& nodes) {
    for (const Node& node : nodes) render(node);
  }

  [[nodiscard]] std::string finish() {
    end_line({});
    return std::move(rendered_);
  }

 private:
  std::vector<const TemplateValues*> scopes_;  ///< the innermost last
  std::string rendered_;
  std::size_t line_begin_ = 0;
  bool section_on_line_ = false;

  [[nodiscard]] const TemplateValue* find(std::string_view name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const TemplateValue* value = (*scope)->find(name)) return value;
    }
    return nullptr;
  }

  void end_line(std::string_view line_end) {
    if (section_on_line_ && rendered_.find_first_not_of(" \t", line_begin_) == std::string::npos) {
      rendered_.resize(line_begin_);
    } else {
      rendered_ += line_end;
    }
    line_begin_ = rendered_.size();
    section_on_line_ = false;
  }

  void render(const Node& node) {
    if (node.kind == Node::Kind::text) {
      rendered_ += node.text;
    } else if (node.kind == Node::Kind::line_end) {
      end_line(node.text);
    } else {
      const TemplateValue* value = find(node.text);
      const bool shown = value != nullptr && shows(*value);
      if (node.kind == Node::Kind::variable) {
        if (const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value))
          rendered_ += *text;
      } else if (shown == (node.kind == Node::Kind::section)) {
        render_section(node, value);
      }
    }
  }

  void render_section(const Node& node, const TemplateValue* value) {
    const auto* list = value == nullptr ? nullptr : std::get_if<std::vector<TemplateValues>>(value);
    const std::size_t times = list == nullptr || list->empty() ? 1 : list->size();
    for (std::size_t i = 0; i < times; ++i) {
      section_on_line_ = true;
      const bool scoped = list != nullptr && !list->empty();
      if (scoped) scopes_.push_back(&(*list)[i]);
      render(node.children);
      if (scoped) scopes_.pop_back();
      section_on_line_ = true;  // the section's end stands on a line too
    }
  }
};

std::string TemplateText::render(const TemplateValues& values) const {
  Renderer renderer(values);
  renderer.render(nodes_);
  return renderer.finish();
}

}  // namespace recon
