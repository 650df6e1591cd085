#include "recon/records/indexed_records.hpp"

#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/core/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace recon {
namespace {

/// What is read at once when places are asked for one after the other.
constexpr std::size_t read_ahead_bytes = std::size_t{1} << 18;
constexpr std::size_t least_slots = 1024;

/// Whether the bytes that were read can be read again where they are: not those of a pipe or a terminal.
bool can_be_read_again(const LineReader& reader) {
  struct stat status {};
  if (::fstat(reader.descriptor(), &status) != 0)
    throw RunError(fmt::format("{}: can't be looked at: {}", reader.name(), system_error_text(errno)));
  return S_ISREG(status.st_mode);
}

}  // namespace

struct ReplayedLines::State {
  explicit State(const std::filesystem::path& path) : reader(path) {
    // Standard input need not begin at the beginning of its file.
    if (path == "-" || path.extension() == ".zst" || !can_be_read_again(reader)) spool.emplace();
  }

  LineReader reader;
  std::optional<TemporaryFile> spool;
  std::string ahead;  ///< bytes of the file from `ahead_at`
  std::uint64_t ahead_at = 0;
  std::uint64_t expected = 0;  ///< where the last read ended

  /// Fills `into` from the file; returns how much there was.
  std::size_t read_file(std::uint64_t offset, char* into, std::size_t length) {
    std::size_t done = 0;
    while (done < length) {
      const ssize_t got =
          ::pread(reader.descriptor(), into + done, length - done, static_cast<off_t>(offset + done));
      if (got == 0) break;
      if (got > 0) {
        done += static_cast<std::size_t>(got);
      } else if (errno != EINTR) {
        throw RunError(fmt::format("{}: can't be read: {}", reader.name(), system_error_text(errno)));
      }
    }
    return done;
  }

  void read_ahead(std::uint64_t offset) {
    const std::size_t length =
        spool ? static_cast<std::size_t>(std::min<std::uint64_t>(read_ahead_bytes, spool->size() - offset))
              : read_ahead_bytes;
    ahead.resize(length);
    if (spool) {
      spool->read(offset, ahead.data(), length);
    } else {
      ahead.resize(read_file(offset, ahead.data(), length));
    }
    ahead_at = offset;
  }
};

ReplayedLines::ReplayedLines(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}

ReplayedLines::~ReplayedLines() = default;

const std::string& ReplayedLines::name() const { return state_->reader.name(); }

std::optional<Line> ReplayedLines::next() {
  std::optional<Line> line = state_->reader.next();
  if (line && state_->spool) {
    line->offset = state_->spool->append(line->text);
    (void)state_->spool->append("\n");
  }
  return line;
}

void ReplayedLines::read(std::uint64_t offset, std::size_t length, std::string& into) {
  State& state = *state_;
  const auto holds = [&] {
    return offset >= state.ahead_at && offset + length <= state.ahead_at + state.ahead.size();
  };
  // Only what is asked for in (nearly) its order is worth reading ahead.
  const bool in_order = offset >= state.expected && offset - state.expected < read_ahead_bytes / 4;
  state.expected = offset + length;
  if (!holds() && in_order && length < read_ahead_bytes) state.read_ahead(offset);
  if (holds()) {
    into.assign(state.ahead, static_cast<std::size_t>(offset - state.ahead_at), length);
    return;
  }
  into.resize(length);
  if (state.spool) {
    state.spool->read(offset, into.data(), length);
  } else if (state.read_file(offset, into.data(), length) < length) {
    throw RunError(fmt::format("{}: the file has become shorter while it was read; run again", name()));
  }
}

LineIndex::Hash LineIndex::hash_of(std::string_view key) {
  const Digest digest = digest_of(key);
  Hash hash;
  std::memcpy(&hash.low, digest.bytes().data(), sizeof hash.low);
  std::memcpy(&hash.high, digest.bytes().data() + sizeof hash.low, sizeof hash.high);
  return hash;
}

std::size_t LineIndex::slot_of(const Hash& hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = static_cast<std::size_t>(hash.low) & mask;
  while (slots_[slot] != 0 && keys_[slots_[slot] - 1].hash != hash) slot = (slot + 1) & mask;
  return slot;
}

void LineIndex::grow() {
  slots_.assign(std::max(least_slots, 2 * slots_.size()), 0);
  for (std::size_t place = 0; place < keys_.size(); ++place)
    slots_[slot_of(keys_[place].hash)] = static_cast<std::uint32_t>(place + 1);
}

LineIndex::Place LineIndex::add(std::string_view key, const Line& line) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  if (line.number >= most || line.text.size() >= most || keys_.size() + 1 >= most) {
    throw RunError(fmt::format("line {}: files of more than {} lines, and lines of more bytes, can't be read",
                               line.number, most));
  }
  if (2 * (keys_.size() + 1) > slots_.size()) grow();
  const Hash hash = hash_of(key);
  const std::size_t slot = slot_of(hash);
  const Run run{line.offset, static_cast<std::uint32_t>(line.number),
                static_cast<std::uint32_t>(line.text.size()), 1, 0};
  if (slots_[slot] == 0) {
    keys_.push_back({hash, run});
    last_place_ = static_cast<Place>(keys_.size() - 1);
    slots_[slot] = last_place_ + 1;
    last_run_ = &keys_.back().run;
    return last_place_;
  }
  const Place place = slots_[slot] - 1;
  const std::uint64_t bytes = line.offset + line.text.size() - (last_run_ == nullptr ? 0 : last_run_->offset);
  if (place == last_place_ && last_run_->first_line + last_run_->lines == line.number && bytes < most) {
    last_run_->bytes = static_cast<std::uint32_t>(bytes);
    ++last_run_->lines;
    return place;
  }
  Run* end = &keys_[place].run;
  while (end->next != 0) end = &more_[end->next - 1];
  more_.push_back(run);
  end->next = static_cast<std::uint32_t>(more_.size());
  last_run_ = &more_.back();
  last_place_ = place;
  return place;
}

bool LineIndex::is_at(Place place, std::string_view key) const { return keys_[place].hash == hash_of(key); }

std::optional<LineIndex::Place> LineIndex::find(std::string_view key) const {
  if (keys_.empty()) return std::nullopt;
  const std::size_t slot = slot_of(hash_of(key));
  if (slots_[slot] == 0) return std::nullopt;
  return slots_[slot] - 1;
}

}  // namespace recon
