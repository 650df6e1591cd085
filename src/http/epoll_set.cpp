#include "epoll_set.hpp"

#include "recon/core/error.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

namespace recon {
namespace {

constexpr std::size_t most_at_once = 128;

/// What the kernel gives back with a socket that is ready.
std::uint64_t tag(std::uint32_t number, std::uint32_t watched_as) {
  return (std::uint64_t{watched_as} << 32U) | number;
}

}  // namespace

EpollSet::EpollSet() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (descriptor_ < 0) throw RunError(fmt::format("cannot watch sockets: {}", system_error_text(errno)));
}

EpollSet::~EpollSet() { ::close(descriptor_); }

bool EpollSet::watch(int socket, bool to_read, bool to_write) {
  if (socket < 0) return false;
  const auto number = static_cast<std::uint32_t>(socket);
  if (number >= watched_as_.size()) watched_as_.resize(std::size_t{number} + 1);
  epoll_event event{};
  event.events = (to_read ? EPOLLIN : 0U) | (to_write ? EPOLLOUT : 0U);
  event.data.u64 = tag(number, watched_as_[number]);
  if (::epoll_ctl(descriptor_, EPOLL_CTL_MOD, socket, &event) == 0) return true;
  if (errno != ENOENT) return false;
  // Also where a socket that was watched under this number was closed and not forgotten.
  event.data.u64 = tag(number, ++watched_as_[number]);
  return ::epoll_ctl(descriptor_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void EpollSet::forget(int socket) {
  epoll_event unused{};
  static_cast<void>(::epoll_ctl(descriptor_, EPOLL_CTL_DEL, socket, &unused));
  const auto number = static_cast<std::size_t>(socket);
  if (socket >= 0 && number < watched_as_.size()) ++watched_as_[number];
}

bool EpollSet::is_current(const Ready& ready) const {
  const auto number = static_cast<std::size_t>(ready.socket);
  return ready.socket >= 0 && number < watched_as_.size() && watched_as_[number] == ready.watched_as;
}

std::size_t EpollSet::collect(std::span<epoll_event> events, int limit_ms) const {
  const int count = ::epoll_wait(descriptor_, events.data(), static_cast<int>(events.size()), limit_ms);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EINTR) return 0;  // by a signal, such as Ctrl-C: whoever waits looks at it
  throw RunError(fmt::format("cannot wait for sockets: {}", system_error_text(errno)));
}

std::span<const EpollSet::Ready> EpollSet::ready(std::span<Ready> room) const {
  if (room.empty()) return {};
  std::array<epoll_event, most_at_once> events{};
  const std::size_t count = collect(std::span(events).first(std::min(room.size(), events.size())), 0);
  std::transform(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(count), room.begin(),
                 [](const epoll_event& event) {
                   return Ready{static_cast<int>(event.data.u64 & 0xFFFF'FFFFU),
                                static_cast<std::uint32_t>(event.data.u64 >> 32U),
                                (event.events & EPOLLIN) != 0, (event.events & EPOLLOUT) != 0,
                                (event.events & (EPOLLERR | EPOLLHUP)) != 0};
                 });
  return room.first(count);
}

void EpollSet::wait(std::chrono::milliseconds limit) const {
  std::array<epoll_event, 1> event{};
  static_cast<void>(collect(event, static_cast<int>(limit.count())));
}

}  // namespace recon
