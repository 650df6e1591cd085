#include "file.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "chunked_line_reader.hpp"
#include "file_form.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_problems_told = 1000;

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

void stop_if_interrupted() {
  if (interrupt_requested()) throw Interrupted("interrupted while reading the source; nothing was written");
}

/// Reads the records of one file.
class RedditFile {
 public:
  RedditFile(const fs::path& path, const std::string& key, RedditParser& parser, const RedditFileUse& use)
      : path_(path), key_(key), parser_(parser), use_(use) {}

  [[nodiscard]] RedditFileCounts read() {
    stop_if_interrupted();
    if (is_foreign()) return counts_;
    if (!may_be_document() || !read_document()) read_lines();
    if (counts_.problems > most_problems_told) {
      use_.problem(Subject::of_file(key_),
                   fmt::format("{} more records can't be read", counts_.problems - most_problems_told), {});
    }
    return counts_;
  }

 private:
  const fs::path& path_;
  const std::string& key_;
  RedditParser& parser_;
  const RedditFileUse& use_;
  RedditFileCounts counts_;

  [[nodiscard]] Subject place_of(std::size_t line) const { return Subject::of_file(key_, line); }

  void add_problem(Subject place, std::string error, std::string_view raw = {}) {
    if (++counts_.problems <= most_problems_told) use_.problem(std::move(place), std::move(error), raw);
  }

  /// Whether the file is no text at all, or a page of a site.
  [[nodiscard]] bool is_foreign() {
    const std::optional<FileForm> form = foreign_form_of_file(path_, Pages::unexpected);
    const bool is_compressed = path_.extension() == ".zst";
    if (!form || (is_compressed && form->name == zstd_form)) return false;
    add_problem(Subject::of_file(key_),
                form_error(*form, is_compressed ? "zstd-compressed comments or posts in JSON"
                                                : "comments or posts in JSON"));
    return true;
  }

  /// Lines may turn out to be one JSON text: a list, or an object, whose first line is the bracket alone.
  [[nodiscard]] bool may_be_document() const {
    if (reddit_file_form(path_) == RedditFileForm::json) return true;
    try {
      ChunkedLineReader blocks(path_);
      const std::optional<LineChunk> block = blocks.next();
      if (!block || block->too_long) return false;
      const std::string_view text = trim(without_byte_order_mark(block->text));
      const std::string_view first = trim(text.substr(0, text.find('\n')));
      return first == "[" || first == "{";
    } catch (const RunError&) {
      return false;
    }
  }

  /// A body of an API may stand on many lines. False where the file holds one record or body a line.
  [[nodiscard]] bool read_document() {
    std::optional<std::string> text;
    std::string problem = "a JSON text on several lines may have 16 MiB; give one object a line";
    const RedditRecords* found = nullptr;
    try {
      text = read_text(path_, LineChunkSizes().longest_line);
      if (text) found = &parser_.parse(without_byte_order_mark(*text));
    } catch (const RunError& error) {
      problem = error.what();
    }
    if (found != nullptr) {
      use(*found, 1);
      counts_.lines = 1;
      return true;
    }
    if (begins_with_object()) return false;
    add_problem(Subject::of_file(key_), problem, text ? *text : std::string_view());
    return true;
  }

  [[nodiscard]] bool begins_with_object() const {
    try {
      ChunkedLineReader blocks(path_);
      const std::optional<LineChunk> block = blocks.next();
      if (!block || block->too_long) return false;
      const std::string_view text = trim(without_byte_order_mark(block->text));
      static_cast<void>(parser_.parse(text.substr(0, text.find('\n'))));
      return true;
    } catch (const RunError&) {
      return false;
    }
  }

  /// The next block; nothing after the file's end and where it can't be read any further.
  [[nodiscard]] std::optional<LineChunk> next_block(ChunkedLineReader& blocks) {
    try {
      return blocks.next();
    } catch (const RunError& problem) {
      if (counts_.lines == 0) {
        add_problem(Subject::of_file(key_), problem.what());
      } else {
        add_problem(place_of(counts_.lines + 1),
                    fmt::format("{}; the {} lines before were read; get the file again", problem.what(),
                                counts_.lines));
      }
      return std::nullopt;
    }
  }

  void read_lines() {
    ChunkedLineReader blocks(path_);
    while (const std::optional<LineChunk> block = next_block(blocks)) {
      stop_if_interrupted();
      if (block->too_long) {
        add_problem(place_of(block->first_line),
                    fmt::format("the line is longer than {} MiB", LineChunkSizes().longest_line >> 20U),
                    block->text);
      } else {
        read_block(*block);
      }
      counts_.lines = block->first_line - 1 + block->lines;
    }
  }

  void read_block(const LineChunk& block) {
    std::size_t number = block.first_line;
    for (std::size_t at = 0; at < block.text.size(); ++number) {
      const std::size_t end = std::min(block.text.find('\n', at), block.text.size());
      std::string_view line = block.text.substr(at, end - at);
      if (number == 1) line = without_byte_order_mark(line);
      line = trim(line);
      at = end + 1;
      if (line.empty()) continue;
      // The memory of a block can be read beyond its end.
      const auto after = static_cast<std::size_t>(block.text.data() + block.text.size() - line.data());
      const std::size_t readable = after - line.size() + LineChunk::padding;
      // A failure of what uses the records is none of the line's.
      if (const RedditRecords* found = parse_line(line, readable, number)) use(*found, number);
    }
  }

  [[nodiscard]] const RedditRecords* parse_line(std::string_view line, std::size_t readable,
                                                std::size_t number) {
    try {
      return &parser_.parse(line, readable);
    } catch (const RunError& problem) {
      add_problem(place_of(number), problem.what(), line);
      return nullptr;
    }
  }

  void use(const RedditRecords& found, std::size_t line) {
    for (const RedditRecord& record : found.records) use_.record(record);
    counts_.records += found.records.size();
    for (const RedditRecords::Problem& problem : found.problems) {
      add_problem(Subject::of_file(key_, line, fmt::format("[{}]", problem.item)), problem.error);
    }
    counts_.problems += found.more_problems;
  }
};

}  // namespace

RedditFileForm reddit_file_form(const fs::path& file) {
  const std::string whole = file.extension().string();
  constexpr std::array<std::string_view, 3> unread = {".bz2", ".gz", ".xz"};
  if (std::find(unread.begin(), unread.end(), whole) != unread.end())
    return RedditFileForm::compressed_otherwise;
  const fs::path inner = whole == ".zst" ? file.stem() : file.filename();
  const std::string extension = inner.extension().string();
  if (extension == ".json") return RedditFileForm::json;
  if (extension == ".jsonl" || extension == ".ndjson") return RedditFileForm::lines;
  // Monthly dumps are named RC_2019-06.zst and RS_2019-06.zst.
  const bool is_dump = inner.string().starts_with("RC_") || inner.string().starts_with("RS_");
  return extension.empty() && (whole == ".zst" || is_dump) ? RedditFileForm::lines : RedditFileForm::other;
}

RedditFileCounts read_reddit_file(const fs::path& path, const std::string& key, RedditParser& parser,
                                  const RedditFileUse& use) {
  return RedditFile(path, key, parser, use).read();
}

}  // namespace recon
