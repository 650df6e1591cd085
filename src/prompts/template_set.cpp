#include "template_set.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <kainjow/mustache.hpp>

namespace recon {

namespace {

constexpr std::string_view system_marker = "=== system ===";
constexpr std::string_view user_marker = "=== user ===";

std::string normalised(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '\r' && at + 1 < source.size() && source[at + 1] == '\n') continue;
    text += source[at];
  }
  return text;
}

bool looks_like_marker(std::string_view line) {
  return line.size() > 6 && line.starts_with("===") && line.ends_with("===");
}

/// One tag of a template: its sigil (0 for a plain variable) and name.
struct Tag {
  char sigil = 0;
  std::string name;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The next tag at or after `from`; an unclosed one has `end` npos.
std::optional<Tag> next_tag(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find("{{", from);
  if (begin == std::string_view::npos) return std::nullopt;
  const bool triple = begin + 2 < text.size() && text[begin + 2] == '{';
  const std::string_view closing = triple ? "}}}" : "}}";
  const std::size_t content = begin + closing.size();
  const std::size_t end = text.find(closing, content);
  Tag tag;
  tag.begin = begin;
  if (end == std::string_view::npos) {
    tag.end = end;
    return tag;
  }
  tag.end = end + closing.size();
  std::string_view inside = trim(text.substr(content, end - content));
  if (!inside.empty() && std::string_view("#^/&!>=").find(inside.front()) != std::string_view::npos) {
    tag.sigil = inside.front();
    inside = trim(inside.substr(1));
  }
  tag.name = std::string(inside);
  return tag;
}

}  // namespace

PromptTemplate::PromptTemplate(PromptName name, std::string_view source, std::string origin,
                               const std::vector<std::string>& variables)
    : name_(name), origin_(std::move(origin)) {
  if (const auto bad = invalid_utf8_at(source)) {
    throw UsageError(
        fmt::format("{}: byte {} is not valid UTF-8; save the template as UTF-8", origin_, *bad));
  }
  split(normalised(source));
  for (Part* part : {&system_, &user_}) {
    check_tags(*part, variables);
    parse(*part, part == &system_ ? "system" : "user");
  }
}

void PromptTemplate::split(std::string_view source) {
  Part* current = nullptr;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at <= source.size();) {
    ++line_number;
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const std::string_view line = source.substr(at, end - at);
    at = end + 1;
    const std::string_view marker = trim(line);
    if (marker == system_marker || marker == user_marker) {
      current = marker == system_marker ? &system_ : &user_;
      if (current->first_line != 0) {
        throw UsageError(
            fmt::format("{}:{}: second line '{}'; a template has one", origin_, line_number, marker));
      }
      current->first_line = line_number + 1;
    } else if (looks_like_marker(marker)) {
      throw UsageError(fmt::format("{}:{}: unknown marker '{}'; expected '{}' or '{}'", origin_, line_number,
                                   marker, system_marker, user_marker));
    } else if (current != nullptr && current->text.empty() && marker.empty()) {
      ++current->first_line;
    } else if (current != nullptr) {
      current->text.append(line).append("\n");
    }
  }
  if (user_.first_line == 0) {
    throw UsageError(
        fmt::format("{}: no line '{}', which the text of the user message follows", origin_, user_marker));
  }
  for (Part* part : {&system_, &user_}) part->text = std::string(trim(part->text));
  if (user_.text.empty())
    throw UsageError(fmt::format("{}: nothing follows the line '{}'", origin_, user_marker));
}

void PromptTemplate::check_tags(const Part& part, const std::vector<std::string>& variables) const {
  const std::string_view text = part.text;
  for (auto tag = next_tag(text, 0); tag; tag = next_tag(text, tag->end)) {
    const auto breaks =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(tag->begin), '\n');
    const std::string where =
        fmt::format("{}:{}", origin_, part.first_line + static_cast<std::size_t>(breaks));
    if (tag->end == std::string_view::npos) throw UsageError(fmt::format("{}: a tag is not closed", where));
    if (tag->sigil == '!') continue;
    if (tag->sigil == '>' || tag->sigil == '=') {
      throw UsageError(fmt::format("{}: templates have no partials and no other delimiters ('{}')", where,
                                   text.substr(tag->begin, tag->end - tag->begin)));
    }
    if (std::find(variables.begin(), variables.end(), tag->name) != variables.end()) continue;
    const auto near = nearest_word(tag->name, variables);
    throw UsageError(fmt::format(
        "{}: the prompt '{}' has no variable '{}'{}; it has {}", where, to_string(name_), tag->name,
        near ? fmt::format(" (did you mean '{}'?)", *near) : "", fmt::join(variables, ", ")));
  }
}

void PromptTemplate::parse(Part& part, std::string_view what) const {
  const kainjow::mustache::mustache checked(part.text);
  if (!checked.is_valid()) {
    throw UsageError(
        fmt::format("{}: the {} part is no valid template: {}", origin_, what, checked.error_message()));
  }
  part.parsed = TemplateText(part.text);
}

Prompt PromptTemplate::render(const TemplateValues& values) const {
  Prompt prompt;
  const auto add = [&](const Part& part, PromptMessage::Role role) {
    std::string content = part.parsed.render(values);
    const std::string_view trimmed = trim(content);
    if (trimmed.size() != content.size()) content = std::string(trimmed);
    if (!content.empty()) prompt.push_back({role, std::move(content)});
  };
  add(system_, PromptMessage::Role::system);
  add(user_, PromptMessage::Role::user);
  return prompt;
}

const std::vector<std::string>& prompt_names() {
  static const std::vector<std::string> names{"backward", "reconstruct",    "judge_listwise",
                                              "generate", "judge_pairwise", "leak"};
  return names;
}

}  // namespace recon
