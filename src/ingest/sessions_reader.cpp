#include "recon/core/error.hpp"
#include "recon/core/jsonl.hpp"

#include <utility>

#include "dates.hpp"
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

/// Reads a ready sessions.jsonl, as it is.
class SessionsReader final : public CountingReader {
 public:
  explicit SessionsReader(const std::filesystem::path& path)
      : file_name_(path.filename().string()), lines_(path) {
    ahead_ = next_line();
    if (!ahead_) {
      throw RunError(
          fmt::format("source '{}': the file is empty, expected one session a line "
                      "({{\"session_id\", \"domain\", \"turns\", ...}})",
                      path.string()));
    }
  }

  std::optional<Session> next() override {
    while (ahead_) {
      const Line line = std::move(*ahead_);
      ahead_ = next_line();
      std::optional<Session> session = read(line);
      if (session) return session;
    }
    return std::nullopt;
  }

 private:
  std::string file_name_;
  LineReader lines_;
  std::optional<Line> ahead_;

  std::optional<Line> next_line() {
    std::optional<Line> line = lines_.next();
    while (line && trim(line->text).empty()) line = lines_.next();
    return line;
  }

  std::optional<Session> read(const Line& line) {
    const std::string key = fmt::format("{}:{}", file_name_, line.number);
    try {
      Session session = Session::from_json(parse_json_line(file_name_, line));
      check(session);
      if (session.group.empty()) session.group = GroupId(session.session_id.str());
      if (session.turns.empty()) {
        skip("no turns");
      } else if (!is_new(session.session_id)) {
        reject(key,
               fmt::format("a second session with the id '{}'; ids must differ", session.session_id.str()),
               line.text);
      } else {
        return session;
      }
    } catch (const RunError& error) {
      reject(key, error.what(), line.text);
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
