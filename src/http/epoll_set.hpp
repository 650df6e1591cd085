#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sys/epoll.h>

namespace recon {

/// Sockets that one waits for, in the kernel's own list: a look at which are ready costs no more with
/// hundreds of sockets than with one.
class EpollSet {
 public:
  EpollSet();
  ~EpollSet();
  EpollSet(const EpollSet&) = delete;
  EpollSet& operator=(const EpollSet&) = delete;

  /// What a socket is watched for from now on. False where the system refuses.
  [[nodiscard]] bool watch(int socket, bool to_read, bool to_write);
  /// A socket that is closed already is forgotten as well.
  void forget(int socket);

  struct Ready {
    int socket = 0;
    std::uint32_t watched_as = 0;  ///< tells it from a later socket with the same number
    bool to_read = false;
    bool to_write = false;
    bool failed = false;
  };
  /// Those ready now, at most as many as `room` holds: the rest stays ready.
  [[nodiscard]] std::span<const Ready> ready(std::span<Ready> room) const;
  /// False where the socket was forgotten since, even if another one with its number is watched by now.
  [[nodiscard]] bool is_current(const Ready& ready) const;
  /// Waits until one is ready, at most `limit`.
  void wait(std::chrono::milliseconds limit) const;

 private:
  int descriptor_;
  std::vector<std::uint32_t> watched_as_;  ///< by socket: another number each time that it is watched anew
  [[nodiscard]] std::size_t collect(std::span<epoll_event> events, int limit_ms) const;
};

}  // namespace recon
