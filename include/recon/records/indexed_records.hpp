#pragma once

#include "recon/core/jsonl.hpp"
#include "recon/records/record_reader.hpp"
#include "recon/records/records.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A text file whose lines are read one by one first and then again at any place. A compressed file, standard
/// input and what is no regular file (a pipe) are copied into a temporary file on the way. One thread uses an
/// object.
class ReplayedLines {
 public:
  /// Throws RunError as LineReader does.
  explicit ReplayedLines(const std::filesystem::path& path);
  ~ReplayedLines();
  ReplayedLines(const ReplayedLines&) = delete;
  ReplayedLines& operator=(const ReplayedLines&) = delete;

  /// The next line; its offset is one that `read` understands.
  [[nodiscard]] std::optional<Line> next();
  /// Bytes of lines that `next` has returned; cheap when asked for one after the other. Throws RunError when
  /// the file can't be read or has become shorter.
  void read(std::uint64_t offset, std::size_t length, std::string& into);
  [[nodiscard]] const std::string& name() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where the lines of every key stand in a file: some 60 bytes a key, whatever the size of its lines. Lines
/// of one key that follow each other are one run.
///
/// Keys are told apart by 128 bits of their SHA-256.
class LineIndex {
 public:
  /// A key's number: keys are numbered from 0 in the order of their first lines.
  using Place = std::uint32_t;

  LineIndex() = default;
  LineIndex(const LineIndex&) = delete;
  LineIndex& operator=(const LineIndex&) = delete;

  /// Adds a line, which must come after all lines added before. Returns the key's place.
  Place add(std::string_view key, const Line& line);
  [[nodiscard]] std::optional<Place> find(std::string_view key) const;
  /// Whether the place is this key's.
  [[nodiscard]] bool is_at(Place place, std::string_view key) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

  struct Run {
    std::uint64_t offset = 0;
    std::uint32_t first_line = 0;
    std::uint32_t bytes = 0;
    std::uint32_t lines = 0;
    std::uint32_t next = 0;  ///< of the same key, in `more_`; 0 = none, else one more than its place there
  };
  [[nodiscard]] const Run& first_run(Place place) const { return keys_[place].run; }
  /// The key's next run; nullptr after the last.
  [[nodiscard]] const Run* after(const Run& run) const {
    return run.next == 0 ? nullptr : &more_[run.next - 1];
  }

 private:
  struct Hash {
    std::uint64_t low = 0, high = 0;
    bool operator==(const Hash&) const = default;
  };
  struct Key {
    Hash hash;
    Run run;
  };
  std::deque<Key> keys_;              ///< by place; a deque, since growing it copies nothing
  std::deque<Run> more_;              ///< runs of keys whose lines do not all follow each other
  std::vector<std::uint32_t> slots_;  ///< hash table with open addressing: places + 1, 0 = free
  Run* last_run_ = nullptr;           ///< of the line added last
  Place last_place_ = 0;

  static Hash hash_of(std::string_view key);
  /// Where the key stands in `slots_`, or the free slot where it would.
  [[nodiscard]] std::size_t slot_of(const Hash& hash) const;
  void grow();
};

/// The records of a JSONL file by their pair_id. They stay in the file and are read when they are asked for,
/// so that memory holds no texts. Every line is read and checked once at the beginning.
///
/// The file is held open, so that one which replaces it is not seen. Its bytes must stay as they are.
template <class Record>
class IndexedRecords {
 public:
  using Place = LineIndex::Place;
  /// Looks at every record once, in file order; what it says no to is left out.
  using Keep = std::function<bool(const Record&)>;

  /// Throws RunError "NAME:LINE: ..." for a line that is no such record.
  explicit IndexedRecords(const std::filesystem::path& path, const Keep& keep = nullptr) : lines_(path) {
    Record record;
    while (const auto line = lines_.next()) {
      if (line->text.empty()) continue;
      reader_.read(lines_.name(), *line, record);
      if (!keep || keep(record)) index_.add(record.pair_id.str(), *line);
    }
  }

  /// How many different pair_ids there are; their places are 0.. in the order of their first records.
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::optional<Place> find(const PairId& id) const { return index_.find(id.str()); }
  /// How many records a pair_id has.
  [[nodiscard]] std::size_t count(Place place) const {
    std::size_t count = 0;
    for (const auto* run = &index_.first_run(place); run != nullptr; run = index_.after(*run))
      count += run->lines;
    return count;
  }
  /// All records of a pair_id, in file order. Throws RunError where the file holds other bytes by now.
  [[nodiscard]] std::vector<Record> at(Place place) {
    std::vector<Record> records;
    for (const auto* run = &index_.first_run(place); run != nullptr; run = index_.after(*run))
      read(place, *run, records);
    return records;
  }
  /// The last record of a pair_id; nullopt where it has none.
  [[nodiscard]] std::optional<Record> last(const PairId& id) {
    const auto place = find(id);
    if (!place) return std::nullopt;
    std::vector<Record> records = at(*place);
    return std::move(records.back());
  }
  [[nodiscard]] const std::string& name() const { return lines_.name(); }

 private:
  ReplayedLines lines_;
  LineIndex index_;
  RecordReader reader_;
  std::string bytes_;

  void read(Place place, const LineIndex::Run& run, std::vector<Record>& records) {
    lines_.read(run.offset, run.bytes, bytes_);
    Line line;
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < run.lines; ++i) {
      line.number = run.first_line + i;
      if (at > bytes_.size()) fail_as_changed(line.number);
      const std::size_t end = std::min(bytes_.find('\n', at), bytes_.size());
      line.text.assign(bytes_, at, end - at);
      if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
      reader_.read(lines_.name(), line, records.emplace_back());
      if (!index_.is_at(place, records.back().pair_id.str())) fail_as_changed(line.number);
      at = end + 1;
    }
  }
  [[noreturn]] void fail_as_changed(std::size_t line) const {
    throw RunError(lines_.name() + ":" + std::to_string(line) +
                   ": the file was changed while it was in use: another record stands here now; run again");
  }
};

}  // namespace recon
