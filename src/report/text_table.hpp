#pragma once

#include <string>
#include <vector>

namespace recon {

/// One table: the first column is left-aligned, the others right-aligned.
struct TextTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes;
};

/// For a terminal: columns as wide as their widest cell.
[[nodiscard]] std::string plain_text(const TextTable& table);
/// With everything escaped that could end a cell or become markup.
[[nodiscard]] std::string markdown(const TextTable& table);

/// Text as Markdown shows it as it is, in one line. Names of users and methods come from files: none may end
/// its cell or become markup.
[[nodiscard]] std::string markdown_escaped(const std::string& text);

}  // namespace recon
