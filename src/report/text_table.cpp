#include "text_table.hpp"

#include <algorithm>
#include <string_view>

namespace recon {
namespace {

/// Code points, near enough to columns of a terminal for names.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
  }));
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return left ? text + space : space + text;
}

}  // namespace

std::string markdown_escaped(const std::string& text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '\n' || byte == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\|`*_<>[]&#").find(byte) != std::string_view::npos) out += '\\';
    out += byte;
  }
  return out;
}

std::string plain_text(const TextTable& table) {
  std::vector<std::size_t> widths(table.header.size(), 0);
  const auto measure = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
  };
  measure(table.header);
  for (const auto& row : table.rows) measure(row);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += "  ";
      text += padded(cells[i], widths[i], i == 0);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text + "\n";
  };
  std::string text = table.title + "\n" + line(table.header);
  for (const auto& row : table.rows) text += line(row);
  for (const std::string& note : table.notes) text += note + "\n";
  return text;
}

std::string markdown(const TextTable& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += " " + markdown_escaped(cell) + " |";
    return text + "\n";
  };
  std::string text = "## " + markdown_escaped(table.title) + "\n\n" + line(table.header) + "| :-- |";
  for (std::size_t i = 1; i < table.header.size(); ++i) text += " --: |";
  text += "\n";
  for (const auto& row : table.rows) text += line(row);
  if (!table.notes.empty()) text += "\n";
  for (const std::string& note : table.notes) text += "- " + markdown_escaped(note) + "\n";
  return text;
}

}  // namespace recon
