#include "recon/core/files.hpp"

#include "recon/core/error.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace recon {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 16;
constexpr std::size_t temporary_buffer_bytes = std::size_t{1} << 20;

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what, int error_number) {
  throw RunError(fmt::format("{}: {}: {}", path.string(), what, system_error_text(error_number)));
}

/// A descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

void write_all(int descriptor, std::string_view data, const std::filesystem::path& path) {
  while (!data.empty()) {
    const ssize_t count = ::write(descriptor, data.data(), data.size());
    if (count >= 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      fail(path, "can't be written", errno);
    }
  }
}

void sync_folder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) fail(folder, "can't open the folder", errno);
  // Some file systems can't sync a folder and say EINVAL; the rename itself is done.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL) fail(folder, "can't sync the folder", errno);
}

/// What a lock file says of the process that took the lock; empty where it says nothing yet.
std::string holder_of(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  if (got <= 0) return {};
  std::string holder(text.data(), static_cast<std::size_t>(got));
  std::erase_if(holder, [](char c) { return c < ' ' || c > '~'; });
  return holder;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) fail(path, "can't be opened", errno);
  std::string content;
  char buffer[buffer_bytes];
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      fail(path, "can't be read", errno);
    }
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    if (error)
      throw RunError(
          fmt::format("{}: can't create the folder: {}", path_.parent_path().string(), error.message()));
  }
  temporary_ = path_;
  temporary_ += fmt::format(".{}.tmp", ::getpid());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(temporary_, "can't be created", errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::write(std::string_view data) {
  buffer_.append(data);
  if (buffer_.size() >= buffer_bytes) flush();
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_, path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
  if (::fsync(descriptor_) != 0) fail(path_, "can't be synced to disk", errno);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary_.c_str());
    fail(path_, "can't be completed", error_number);
  }
  sync_folder(path_);
}

TemporaryFile::TemporaryFile() {
  std::error_code error;
  folder_ = std::filesystem::temp_directory_path(error);
  if (error) throw RunError(fmt::format("no folder for temporary files ({}); set TMPDIR", error.message()));
  std::string name = (folder_ / "recon-XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail(folder_, "a temporary file can't be created (see TMPDIR)", errno);
  if (::unlink(name.c_str()) != 0) {
    const int error_number = errno;
    ::close(descriptor_);
    fail(name, "the temporary file can't be unlinked", error_number);
  }
}

TemporaryFile::~TemporaryFile() { ::close(descriptor_); }

std::uint64_t TemporaryFile::append(std::string_view data) {
  const std::uint64_t offset = size_;
  buffer_.append(data);
  size_ += data.size();
  if (buffer_.size() >= temporary_buffer_bytes) flush();
  return offset;
}

void TemporaryFile::flush() {
  write_all(descriptor_, buffer_, folder_ / "(temporary file; set TMPDIR to a folder with more room)");
  buffer_.clear();
}

void TemporaryFile::read(std::uint64_t offset, char* into, std::size_t length) {
  if (offset + length > size_ - buffer_.size()) flush();
  for (std::size_t done = 0; done < length;) {
    const ssize_t got = ::pread(descriptor_, into + done, length - done, static_cast<off_t>(offset + done));
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      fail(folder_, "a temporary file can't be read", got == 0 ? EIO : errno);
    }
  }
}

std::string TemporaryFile::read(std::uint64_t offset, std::size_t length) {
  std::string data(length, '\0');
  read(offset, data.data(), length);
  return data;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

FileLock::FileLock(const std::filesystem::path& path, std::string_view what) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(path, "can't be created", errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int error_number = errno;
    const std::string holder = holder_of(descriptor_);
    ::close(descriptor_);
    descriptor_ = -1;
    if (error_number != EWOULDBLOCK) fail(path, "can't be locked", error_number);
    throw LockedError(
        fmt::format("{} is in use by another recon process{}; wait for it or end it, then run again", what,
                    holder.empty() ? "" : fmt::format(" ({})", holder)));
  }
  // Who holds it is only for the message: a disk that is full must not keep anybody out.
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  const std::string holder = fmt::format("process {} on {}", ::getpid(), host.data());
  if (::ftruncate(descriptor_, 0) == 0)
    (void)!::pwrite(descriptor_, holder.data(), holder.size(), 0);  // NOLINT(bugprone-unused-return-value)
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace recon
