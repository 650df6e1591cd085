#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/sources/source_files.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "chunked_line_reader.hpp"
#include "file_form.hpp"
#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// What a ready session must satisfy beyond its types. Throws RunError.
void check(const Session& session) {
  if (session.session_id.empty()) throw RunError("'session_id' is empty; give each session its own id");
  if (session.domain.empty()) {
    throw RunError("'domain' is empty; name the session's domain (scotus, pmq, podcast or reddit)");
  }
  if (!session.date.empty() && !is_iso_date(session.date)) {
    throw RunError(fmt::format("'date' is '{}', expected a day as 2011-01-31 or nothing", session.date));
  }
  for (std::size_t i = 0; i < session.turns.size(); ++i) {
    if (session.turns[i].author.empty()) throw RunError(fmt::format("turns[{}] has an empty 'author'", i));
  }
}

/// A session of a podcast of many hours has one MiB.
constexpr std::size_t longest_line_mib = 8;

/// The lines of a file in bounded memory, or those of standard input ("-").
class SessionLines {
 public:
  explicit SessionLines(const std::filesystem::path& path) {
    if (path == "-") {
      standard_input_.emplace(path);
    } else {
      blocks_.emplace(path, LineChunkSizes{std::size_t{1} << 20U, longest_line_mib << 20U});
    }
  }

  /// Throws RunError where the file can't be read on.
  [[nodiscard]] std::optional<Line> next() {
    if (standard_input_) return standard_input_->next();
    while (at_ == block_.text.size()) {
      std::optional<LineChunk> block = blocks_->next();
      if (!block) return std::nullopt;
      block_ = *block;
      at_ = 0;
      number_ = block_.first_line;
    }
    const std::size_t end =
        block_.too_long ? block_.text.size() : std::min(block_.text.find('\n', at_), block_.text.size());
    Line line{number_++, std::string(block_.text.substr(at_, end - at_))};
    at_ = std::min(end + 1, block_.text.size());
    if (line.text.ends_with('\r')) line.text.pop_back();
    return line;
  }

  /// Whether the last line is longer than a line may be; only its beginning was given.
  [[nodiscard]] bool is_too_long() const { return block_.too_long; }

 private:
  std::optional<LineReader> standard_input_;
  std::optional<ChunkedLineReader> blocks_;
  LineChunk block_;
  std::size_t at_ = 0;
  std::size_t number_ = 1;
};

/// Reads a ready sessions.jsonl, as it is.
class SessionsReader final : public CountingReader {
 public:
  explicit SessionsReader(const std::filesystem::path& path)
      : file_name_(path == "-" ? "standard input" : file_key(path.filename())), lines_(path) {
    if (path != "-") check_form(path);
    first_ = next_line();
    if (first_) {
      check_first_line(path.string());
      return;
    }
    if (!rejects().empty()) {
      throw RunError(fmt::format("source '{}': {}", path.string(), rejects().front().causes.front().message));
    }
    throw RunError(
        fmt::format("source '{}': the file is empty, expected one session a line "
                    "({{\"session_id\", \"domain\", \"turns\", ...}})",
                    path.string()));
  }

  std::optional<Session> next() override {
    while (const std::optional<Line> line = first_ ? std::exchange(first_, std::nullopt) : next_line()) {
      std::optional<Session> session = read(*line);
      if (session) return session;
      stop_if_interrupted();
    }
    return std::nullopt;
  }

 private:
  std::string file_name_;
  SessionLines lines_;
  std::optional<Line> first_;
  std::size_t line_ = 0;  ///< the number of the last line
  bool ended_ = false;

  static void check_form(const std::filesystem::path& path) {
    const std::optional<FileForm> form = foreign_form_of_file(path, Pages::unexpected);
    if (!form || (path.extension() == ".zst" && form->name == zstd_form)) return;
    throw RunError(fmt::format("source '{}': {}", path.string(),
                               form_error(*form, "a sessions.jsonl of one session a line")));
  }

  void check_first_line(const std::string& path) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    std::string& text = first_->text;
    if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
    const std::string_view start = trim(text);
    if (start.starts_with('[')) {
      throw RunError(
          fmt::format("source '{}': a JSON list, expected one session a line; divide it: jq -c '.[]'", path));
    }
    if (start == "{") {
      throw RunError(
          fmt::format("source '{}': a JSON object over several lines, expected one session a line; join its "
                      "lines: jq -c .",
                      path));
    }
  }

  /// The next line with something in it that can be read.
  std::optional<Line> next_line() {
    try {
      while (!ended_) {
        std::optional<Line> line = lines_.next();
        if (!line) break;
        line_ = line->number;
        if (lines_.is_too_long()) {
          reject(Subject::of_file(file_name_, line_),
                 fmt::format("larger than {} MiB, expected one session a line; divide the session",
                             longest_line_mib),
                 line->text);
        } else if (!trim(line->text).empty()) {
          return line;
        }
      }
    } catch (const RunError& error) {
      if (line_ == 0) {
        reject(file_name_, error.what());
      } else {
        reject(Subject::of_file(file_name_, line_ + 1),
               fmt::format("{}; the {} lines before count; make the file again", error.what(), line_));
      }
    }
    ended_ = true;
    return std::nullopt;
  }

  std::optional<Session> read(const Line& line) {
    const Subject subject = Subject::of_file(file_name_, line.number);
    try {
      Session session = Session::from_json(parse_json_line(file_name_, line));
      check(session);
      if (session.group.empty()) session.group = GroupId(session.session_id.str());
      if (session.turns.empty()) {
        skip("no turns");
      } else if (!is_new(session.session_id)) {
        reject(subject,
               fmt::format("a second session with the id '{}'; ids must differ", session.session_id.str()),
               line.text);
      } else {
        return session;
      }
    } catch (const RunError& error) {
      reject(subject, error.what(), line.text);
    }
    return std::nullopt;
  }
};

}  // namespace

SourceKind sessions_source() {
  return {"sessions",
          "a ready sessions.jsonl, whose lines name their own domain",
          "those of whoever made the file",
          {},
          false,
          [](const SourceConfig& config, const std::vector<UserConfig>& /*users*/) {
            return std::unique_ptr<SessionReader>(std::make_unique<SessionsReader>(config.path));
          }};
}

}  // namespace recon
