#include "chunked_line_reader.hpp"

#include "recon/core/error.hpp"
#include "recon/core/interrupt.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

namespace recon {

namespace {

constexpr int longest_window_log = 31;  // as the monthly dumps are compressed
constexpr std::size_t blocks_ahead = 4;
constexpr std::size_t shown_of_long_line = 300;
constexpr std::chrono::milliseconds longest_wait(100);  // before an interrupt is looked for

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// The bytes of a file, decompressed where its name ends in ".zst".
class TextSource {
 public:
  explicit TextSource(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw RunError("can't be opened: " + system_error_text(errno));
    if (path.extension() != ".zst") return;
    decompressor_.reset(ZSTD_createDCtx());
    if (!decompressor_ || ZSTD_isError(ZSTD_DCtx_setParameter(decompressor_.get(), ZSTD_d_windowLogMax,
                                                              longest_window_log)) != 0) {
      ::close(descriptor_);
      throw RunError("the zstd library can't be set up");
    }
    input_.resize(ZSTD_DStreamInSize());
  }
  ~TextSource() { ::close(descriptor_); }
  TextSource(const TextSource&) = delete;
  TextSource& operator=(const TextSource&) = delete;

  /// Fills `into` with up to `size` bytes; gives their number, 0 only at the end of the file.
  [[nodiscard]] std::size_t read(char* into, std::size_t size) {
    if (!decompressor_) return read_file(into, size);
    ZSTD_outBuffer out{into, size, 0};
    while (out.pos == 0) {
      if (at_ == filled_ && !flushing_) {
        filled_ = read_file(input_.data(), input_.size());
        at_ = 0;
        if (filled_ == 0) {
          // Even an empty text has a frame.
          if (frame_left_ != 0 || !any_frame_)
            throw RunError("the zstd data ends early: the file is cut off");
          return 0;
        }
      }
      ZSTD_inBuffer in{input_.data(), at_ + std::min(next_step(), filled_ - at_), at_};
      frame_left_ = ZSTD_decompressStream(decompressor_.get(), &out, &in);
      if (ZSTD_isError(frame_left_) != 0) {
        throw RunError(fmt::format("not valid zstd data: {}", ZSTD_getErrorName(frame_left_)));
      }
      at_ = in.pos;
      any_frame_ = true;
      // A full output may leave more of it inside the decompressor, without any input to ask for it.
      flushing_ = out.pos == out.size && frame_left_ != 0;
    }
    return out.pos;
  }

 private:
  int descriptor_;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor_;
  std::vector<char> input_;
  std::size_t at_ = 0, filled_ = 0;  // of the input
  std::size_t frame_left_ = 0;       // what zstd expects next of the current frame; 0 between frames
  bool any_frame_ = false;
  bool flushing_ = false;

  /// How much input to give at once. A call that fails gives nothing of what it has decompressed, so none
  /// gets more than a block or the header of the next one, and what comes before damaged data is not lost.
  [[nodiscard]] std::size_t next_step() const {
    constexpr std::size_t frame_beginning = 5, block_header = 3;
    if (flushing_) return 0;
    if (frame_left_ == 0) return frame_beginning;
    return frame_left_ > block_header ? frame_left_ - block_header : frame_left_;
  }

  [[nodiscard]] std::size_t read_file(char* into, std::size_t size) const {
    for (;;) {
      const ssize_t got = ::read(descriptor_, into, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw RunError("can't be read: " + system_error_text(errno));
    }
  }
};

/// Memory that is not cleared, since it is filled at once.
class Buffer {
 public:
  explicit Buffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity + LineChunk::padding)), capacity_(capacity) {
    std::memset(bytes_.get() + capacity, 0, LineChunk::padding);
  }
  [[nodiscard]] char* data() { return bytes_.get(); }
  [[nodiscard]] const char* data() const { return bytes_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
};

struct FilledBuffer {
  Buffer buffer;
  LineChunk block;
};

std::size_t end_of_last_line(const Buffer& buffer, std::size_t filled) {
  const std::size_t at = std::string_view(buffer.data(), filled).rfind('\n');
  return at == std::string_view::npos ? 0 : at + 1;
}

}  // namespace

/// The reading thread owns the source and the buffer that it fills, the caller the block that it was given;
/// what lies between them is guarded by `mutex`.
struct ChunkedLineReader::State {
  State(std::filesystem::path file, LineChunkSizes block_sizes)
      : path(std::move(file)), sizes(block_sizes), reader([this] { run(); }) {}
  ~State() {
    {
      const std::lock_guard lock(mutex);
      abandoned = true;
    }
    changed.notify_all();
    reader.join();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const std::filesystem::path path;
  const LineChunkSizes sizes;
  std::optional<FilledBuffer> given;  // the caller's

  std::mutex mutex;  // guards what follows, but the thread
  std::condition_variable changed;
  std::deque<FilledBuffer> ready;
  std::vector<Buffer> spare;
  /// What ended the reading. Words and not the exception: its memory is counted where thread sanitizers don't
  /// see.
  std::optional<std::string> failure;
  bool ended = false;
  bool abandoned = false;

  std::thread reader;  // last, so that it starts with everything in place

  void run() noexcept {
    std::optional<std::string> problem;
    try {
      problem = read_blocks();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    {
      const std::lock_guard lock(mutex);
      failure = std::move(problem);
      ended = true;
    }
    changed.notify_all();
  }

  /// Gives why it ended before the file did.
  [[nodiscard]] std::optional<std::string> read_blocks() {
    TextSource source(path);
    Buffer buffer = fresh_buffer();
    std::size_t filled = 0;  // the buffer begins with the beginning of a line
    std::size_t line = 1;
    for (bool at_end = false; !at_end;) {
      std::optional<std::string> problem = fill(source, buffer, filled, at_end);
      const std::size_t whole = at_end ? filled : end_of_last_line(buffer, filled);
      if (whole == 0 && !at_end && !problem) {
        if (buffer.capacity() < sizes.longest_line) {
          buffer = grown(buffer);
          continue;
        }
        if (!hand_over_long_line(std::move(buffer), line++)) return std::nullopt;
        buffer = fresh_buffer();
        const std::optional<std::size_t> rest = skip_line(source, buffer, at_end);
        if (!rest) return std::nullopt;
        filled = *rest;
        continue;
      }
      std::optional<std::pair<Buffer, std::size_t>> begun;
      if (!problem) begun = rest_of(fresh_buffer(), buffer, whole, filled);
      if (whole > 0) {
        const LineChunk block = whole_lines(buffer, whole, line);
        line += block.lines;
        if (!hand_over(std::move(buffer), block)) return std::nullopt;
      }
      if (!begun) return problem;
      std::tie(buffer, filled) = std::move(*begun);
    }
    return std::nullopt;
  }

  /// Reads until the buffer is full or the file ends; a failure is given back, so that what was read before
  /// it is not lost.
  [[nodiscard]] static std::optional<std::string> fill(TextSource& source, Buffer& buffer,
                                                       std::size_t& filled, bool& at_end) {
    try {
      while (filled < buffer.capacity()) {
        const std::size_t got = source.read(buffer.data() + filled, buffer.capacity() - filled);
        at_end = got == 0;
        if (at_end) break;
        filled += got;
      }
    } catch (const RunError& error) {
      return error.what();
    }
    return std::nullopt;
  }

  [[nodiscard]] Buffer grown(const Buffer& buffer) const {
    Buffer larger(std::min(buffer.capacity() * 2, sizes.longest_line));
    std::memcpy(larger.data(), buffer.data(), buffer.capacity());
    return larger;
  }

  /// What follows the whole lines moves to the beginning of the next buffer.
  [[nodiscard]] static std::pair<Buffer, std::size_t> rest_of(Buffer next, const Buffer& buffer,
                                                              std::size_t whole, std::size_t filled) {
    const std::size_t rest = filled - whole;
    if (next.capacity() < rest) next = Buffer(buffer.capacity());
    std::memcpy(next.data(), buffer.data() + whole, rest);
    return {std::move(next), rest};
  }

  [[nodiscard]] static LineChunk whole_lines(const Buffer& buffer, std::size_t size, std::size_t line) {
    LineChunk block;
    block.first_line = line;
    block.text = {buffer.data(), size};
    block.lines = static_cast<std::size_t>(std::count(block.text.begin(), block.text.end(), '\n'));
    if (block.text.back() != '\n') ++block.lines;
    return block;
  }

  [[nodiscard]] static LineChunk long_line(const Buffer& buffer, std::size_t line) {
    LineChunk block;
    block.first_line = line;
    block.lines = 1;
    block.text = std::string_view(buffer.data(), std::min(buffer.capacity(), shown_of_long_line));
    block.too_long = true;
    return block;
  }

  [[nodiscard]] bool hand_over_long_line(Buffer buffer, std::size_t line) {
    const LineChunk block = long_line(buffer, line);
    return hand_over(std::move(buffer), block);
  }

  /// Reads past the end of a line; gives how much of the next ones the buffer then holds, nullopt once the
  /// caller has gone: a line may go on for gigabytes.
  [[nodiscard]] std::optional<std::size_t> skip_line(TextSource& source, Buffer& buffer, bool& at_end) {
    while (!is_abandoned()) {
      const std::size_t got = source.read(buffer.data(), buffer.capacity());
      at_end = got == 0;
      if (at_end) return 0;
      const auto* end = static_cast<const char*>(std::memchr(buffer.data(), '\n', got));
      if (end == nullptr) continue;
      const auto skipped = static_cast<std::size_t>(end + 1 - buffer.data());
      std::memmove(buffer.data(), end + 1, got - skipped);
      return got - skipped;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_abandoned() {
    const std::lock_guard lock(mutex);
    return abandoned;
  }

  [[nodiscard]] Buffer fresh_buffer() {
    {
      const std::lock_guard lock(mutex);
      if (!spare.empty()) {
        Buffer buffer = std::move(spare.back());
        spare.pop_back();
        return buffer;
      }
    }
    return Buffer(std::min(sizes.block_bytes, sizes.longest_line));
  }

  /// False once the caller has gone.
  [[nodiscard]] bool hand_over(Buffer buffer, const LineChunk& block) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return abandoned || ready.size() < blocks_ahead; });
    if (abandoned) return false;
    ready.push_back({std::move(buffer), block});
    changed.notify_all();
    return true;
  }

  [[nodiscard]] std::optional<LineChunk> take() {
    std::unique_lock lock(mutex);
    if (given) {
      // Memory of a long line goes back to the system.
      if (given->buffer.capacity() <= sizes.block_bytes) spare.push_back(std::move(given->buffer));
      given.reset();
    }
    while (!changed.wait_for(lock, longest_wait, [this] { return ended || !ready.empty(); })) {
      if (interrupt_requested()) {
        throw Interrupted("interrupted while reading the source; nothing was written");
      }
    }
    if (ready.empty()) {
      if (failure) throw RunError(*std::exchange(failure, std::nullopt));
      return std::nullopt;
    }
    given.emplace(std::move(ready.front()));
    ready.pop_front();
    changed.notify_all();
    return given->block;
  }
};

ChunkedLineReader::ChunkedLineReader(const std::filesystem::path& path, LineChunkSizes sizes)
    : state_(std::make_unique<State>(path, sizes)) {}

ChunkedLineReader::~ChunkedLineReader() = default;

std::optional<LineChunk> ChunkedLineReader::next() { return state_->take(); }

std::optional<std::string> read_text(const std::filesystem::path& path, std::size_t longest) {
  TextSource source(path);
  std::string text;
  for (std::size_t filled = 0;;) {
    constexpr std::size_t step = std::size_t{1} << 17;
    text.resize(filled + step);
    const std::size_t got = source.read(text.data() + filled, step);
    filled += got;
    text.resize(filled);
    if (got == 0) return text;
    if (filled > longest) return std::nullopt;
  }
}

}  // namespace recon
