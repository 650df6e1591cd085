#pragma once

#include "recon/core/jsonl.hpp"
#include "recon/records/records.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace recon {

/// Reads lines of JSONL files as records, buffers being used again from line to line. What it reads and how
/// it refuses is what `parse_record` reads and refuses: a line that is not plainly right is left to that. One
/// thread uses an object.
class RecordReader {
 public:
  RecordReader();
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  /// Throws RunError "NAME:LINE: ...".
  template <class Record>
  void read(const std::string& file_name, const Line& line, Record& into) {
    if (!read_quickly(line.text, into)) into = parse_record<Record>(file_name, line);
  }

 private:
  struct State;
  std::unique_ptr<State> state_;

  /// False, with anything in the record, where the line is not plainly right.
  bool read_quickly(const std::string& text, Pair& into);
  bool read_quickly(const std::string& text, Candidate& into);
  bool read_quickly(const std::string& text, Reconstruction& into);
  bool read_quickly(const std::string& text, Judgment& into);
  bool read_quickly(const std::string& text, Trace& into);
  bool read_quickly(const std::string& text, Action& into);
  template <class Record>
  bool read_quickly(const std::string& /*text*/, Record& /*into*/) {
    return false;
  }
};

}  // namespace recon
