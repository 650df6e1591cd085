#pragma once

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// One line of a text file.
struct Line {
  std::size_t number = 0;    ///< 1-based
  std::string text;          ///< without its line end
  std::uint64_t offset = 0;  ///< of its first byte in the (decompressed) text
};

/// Reads lines of a plain or zstd-compressed file (by the ending ".zst"), or of standard input ("-").
/// Throws RunError for a file that can't be opened, read or decompressed (a truncated one too).
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  [[nodiscard]] std::optional<Line> next();
  /// The name for messages: the path, or "standard input".
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Of the open file (compressed or not), for reading it at other places with pread(2).
  [[nodiscard]] int descriptor() const;

 private:
  struct Source;
  std::string name_;
  std::unique_ptr<Source> source_;
  std::size_t number_ = 0;
  std::uint64_t offset_ = 0;  ///< of the line to come
};

/// Parses one line as a JSON object in valid UTF-8. Throws RunError "NAME:LINE: ...".
[[nodiscard]] Json parse_json_line(const std::string& file_name, const Line& line);

/// One line as a record. `Record` has `static Record from_json(const Json&)` that throws RunError with what
/// is wrong; the file and line are added here.
template <class Record>
[[nodiscard]] Record parse_record(const std::string& file_name, const Line& line) {
  const Json value = parse_json_line(file_name, line);
  try {
    return Record::from_json(value);
  } catch (const Error& error) {
    throw RunError(file_name + ":" + std::to_string(line.number) + ": " + error.what());
  }
}

/// Reads every record of a JSONL file; empty lines are skipped.
template <class Record>
void for_each_record(const std::filesystem::path& path, const std::function<void(Record&&)>& use) {
  LineReader reader(path);
  while (auto line = reader.next()) {
    if (!line->text.empty()) use(parse_record<Record>(reader.name(), *line));
  }
}

template <class Record>
[[nodiscard]] std::vector<Record> read_records(const std::filesystem::path& path) {
  std::vector<Record> records;
  for_each_record<Record>(path, [&](Record&& record) { records.push_back(std::move(record)); });
  return records;
}

/// Writes JSONL: to a file that appears when committed (compressed when it ends in ".zst"), or to standard
/// output ("-").
class JsonlWriter {
 public:
  explicit JsonlWriter(const std::filesystem::path& path);
  ~JsonlWriter();
  JsonlWriter(const JsonlWriter&) = delete;
  JsonlWriter& operator=(const JsonlWriter&) = delete;
  void write(const Json& value);
  /// A line that is JSON already; its end is added here.
  void write_line(std::string_view line);
  template <class Record>
  requires requires(const Record& record) { record.to_json(); }
  void write(const Record& record) {
    if constexpr (requires { record.append_json(line_); }) {
      line_.clear();
      if (record.append_json(line_)) {
        write_line(line_);
        return;
      }
    }
    write(record.to_json());
  }
  void commit();
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
  std::size_t count_ = 0;
  std::string line_;  ///< used again from record to record
};

}  // namespace recon
