#include "file_form.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

namespace recon {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view start;
  FileForm form;
};

constexpr std::string_view decompress = "decompress it";
constexpr std::string_view save_as_text = "save what it holds as UTF-8 text";
constexpr std::string_view to_utf8 = "convert the file to UTF-8";

/// How files of other formats begin.
constexpr std::array<Magic, 18> magics = {
    {{"\x1F\x8B"sv, {"gzip-compressed data", decompress}},
     {"\x28\xB5\x2F\xFD"sv, {zstd_form, "decompress it, or let its name end in .zst where that is read"}},
     {"\x42\x5A\x68"sv, {"bzip2-compressed data", decompress}},
     {"\xFD\x37zXZ\0"sv, {"xz-compressed data", decompress}},
     {"7z\xBC\xAF\x27\x1C"sv, {"a 7z archive", decompress}},
     {"PK\x03\x04"sv, {"a ZIP archive, as .docx and .odt files are", save_as_text}},
     {"PK\x05\x06"sv, {"an empty ZIP archive", "fetch the file again"}},
     {"%PDF-"sv, {"a PDF document", save_as_text}},
     {"{\\rtf"sv, {"an RTF document", save_as_text}},
     {"\xD0\xCF\x11\xE0"sv, {"an old Office document", save_as_text}},
     {"SQLite format 3\0"sv, {"an SQLite database", "export what it holds"}},
     {"version https://git-lfs.github.com/spec/"sv,
      {"a Git LFS pointer instead of the file", "fetch the file itself: git lfs pull"}},
     {"/annex/objects/"sv,
      {"a git-annex pointer instead of the file", "fetch the file itself: git annex get"}},
     {"\xFF\xFE\0\0"sv, {"UTF-32 text", to_utf8}},
     {"\0\0\xFE\xFF"sv, {"UTF-32 text", to_utf8}},
     {"\xFF\xFE"sv, {"UTF-16 text", to_utf8}},
     {"\xFE\xFF"sv, {"UTF-16 text", to_utf8}},
     {"Salted__"sv, {"an encrypted file", "decrypt it"}}}};

/// Bytes that are looked at.
constexpr std::size_t beginning = 4096;

/// Text in two bytes a character has a NUL in nearly every second byte.
FileForm form_with_nuls(std::string_view start) {
  std::size_t nuls = 0;
  for (const char c : start) {
    if (c == '\0') ++nuls;
  }
  if (nuls * 3 > start.size()) return {"UTF-16 text", to_utf8};
  return {"binary data (with NUL bytes)", "take the file out of the source"};
}

bool begins_html_page(std::string_view start) {
  const std::string lower = ascii_lower_case(trim(start).substr(0, 64));
  return std::any_of(lower.begin(), lower.end(), [](char c) { return c == '<'; }) &&
         (lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.starts_with("<head") ||
          lower.starts_with("<body"));
}

}  // namespace

std::optional<FileForm> foreign_form(std::string_view content, Pages pages) {
  std::string_view start = content.substr(0, beginning);
  const auto* magic = std::find_if(magics.begin(), magics.end(),
                                   [&](const Magic& known) { return start.starts_with(known.start); });
  if (magic != magics.end()) return magic->form;
  if (start.find('\0') != std::string_view::npos) return form_with_nuls(start);
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (start.starts_with(byte_order_mark)) start.remove_prefix(byte_order_mark.size());
  if (pages == Pages::unexpected && begins_html_page(start)) {
    return FileForm{"an HTML page, as sites answer with instead of a file", "fetch the file again"};
  }
  return std::nullopt;
}

std::optional<FileForm> foreign_form_of_file(const std::filesystem::path& file, Pages pages) {
  std::ifstream stream(file, std::ios::binary);
  std::string start(beginning, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return foreign_form(start, pages);
}

std::string form_error(const FileForm& form, std::string_view expected) {
  return fmt::format("found {}, expected {}; {}", form.name, expected, form.advice);
}

void refuse_foreign_form(std::string_view content, std::string_view expected, Pages pages) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  const std::string_view text =
      content.starts_with(byte_order_mark) ? content.substr(byte_order_mark.size()) : content;
  if (trim(text).empty()) {
    throw RunError(fmt::format("the file is empty, expected {}; fetch it again, or remove it", expected));
  }
  if (const std::optional<FileForm> form = foreign_form(content, pages)) {
    throw RunError(form_error(*form, expected));
  }
}

std::optional<std::filesystem::path> name_inside_compressed(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 6> endings = {".gz", ".bz2", ".xz", ".zst", ".zip", ".7z"};
  const std::string ending = ascii_lower_case(file.extension().string());
  if (std::find(endings.begin(), endings.end(), ending) == endings.end()) return std::nullopt;
  return file.parent_path() / file.stem();
}

}  // namespace recon
