#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// What a file is that is no text, or stands for another: "gzip-compressed data", "a Git LFS pointer instead
/// of the file", "UTF-16 text", with what to do about it. Nullopt for plain text, valid or not; also for an
/// HTML page, unless it is no page that was asked for (`pages`). Looks at the beginning alone.
struct FileForm {
  std::string_view name;
  std::string_view advice;
};
/// The name of the form that is read where a file's name ends in ".zst".
inline constexpr std::string_view zstd_form = "zstd-compressed data";

enum class Pages { expected, unexpected };
[[nodiscard]] std::optional<FileForm> foreign_form(std::string_view content, Pages pages);

/// The same of a file on disk; nullopt where it can't be read.
[[nodiscard]] std::optional<FileForm> foreign_form_of_file(const std::filesystem::path& file, Pages pages);

/// "found gzip-compressed data, expected a hearing in JSON; decompress it"
[[nodiscard]] std::string form_error(const FileForm& form, std::string_view expected);

/// Throws RunError with form_error where the content is in a foreign form, or empty.
void refuse_foreign_form(std::string_view content, std::string_view expected,
                         Pages pages = Pages::unexpected);

/// Whether a file's name ends as compressed files do (".gz"), and what is left of it without that.
[[nodiscard]] std::optional<std::filesystem::path> name_inside_compressed(const std::filesystem::path& file);

}  // namespace recon
