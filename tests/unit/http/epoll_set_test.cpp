#include "epoll_set.hpp"

#include <array>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace recon {
namespace {

using std::chrono::milliseconds;

/// Two sockets that are connected to each other: what is written to the one can be read from the other.
class SocketPair {
 public:
  SocketPair() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()), 0);
  }
  ~SocketPair() {
    close_near();
    close_far();
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  [[nodiscard]] int near() const { return ends_[0]; }
  void write_from_far() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void read_at_near() const {
    char byte = 0;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
  }
  /// Until the near end takes no more.
  void fill_from_near() const {
    const std::array<char, 4096> bytes{};
    while (::write(ends_[0], bytes.data(), bytes.size()) > 0) {
    }
  }
  void close_near() { close(ends_[0]); }
  void close_far() { close(ends_[1]); }

 private:
  std::array<int, 2> ends_{-1, -1};
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
};

std::vector<EpollSet::Ready> ready_of(const EpollSet& sockets, std::size_t room = 8) {
  std::vector<EpollSet::Ready> found(room);
  found.resize(sockets.ready(found).size());
  return found;
}

/// Far longer than a test may take: a wait that reaches it fails the test.
constexpr milliseconds far_too_long{20'000};

bool ends_soon(const EpollSet& sockets) {
  const auto start = std::chrono::steady_clock::now();
  sockets.wait(far_too_long);
  return std::chrono::steady_clock::now() - start < far_too_long / 2;
}

TEST(EpollSet, ASocketWithBytesIsReadyToReadUntilTheyAreRead) {
  const SocketPair pair;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  EXPECT_TRUE(ready_of(sockets).empty());
  pair.write_from_far();
  for (int look = 0; look < 2; ++look) {
    const auto ready = ready_of(sockets);
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_EQ(ready[0].socket, pair.near());
    EXPECT_TRUE(ready[0].to_read);
    EXPECT_FALSE(ready[0].to_write);
    EXPECT_FALSE(ready[0].failed);
  }
  pair.read_at_near();
  EXPECT_TRUE(ready_of(sockets).empty());
}

TEST(EpollSet, ASocketWithRoomIsReadyToWrite) {
  const SocketPair pair;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(pair.near(), false, true));
  const auto ready = ready_of(sockets);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_FALSE(ready[0].to_read);
  EXPECT_TRUE(ready[0].to_write);
  pair.fill_from_near();
  EXPECT_TRUE(ready_of(sockets).empty());
}

TEST(EpollSet, OnlyWhatASocketIsWatchedForNowCounts) {
  const SocketPair pair;
  EpollSet sockets;
  pair.write_from_far();
  ASSERT_TRUE(sockets.watch(pair.near(), true, true));
  const auto both = ready_of(sockets);
  ASSERT_EQ(both.size(), 1U);
  EXPECT_TRUE(both[0].to_read && both[0].to_write);
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  const auto one = ready_of(sockets);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_TRUE(one[0].to_read && !one[0].to_write);
  ASSERT_TRUE(sockets.watch(pair.near(), false, false));
  EXPECT_TRUE(ready_of(sockets).empty());
}

TEST(EpollSet, WhatFindsNoRoomStaysReadyAndHasItsTurn) {
  const std::array<SocketPair, 5> pairs;
  EpollSet sockets;
  std::set<int> expected;
  for (const SocketPair& pair : pairs) {
    pair.write_from_far();
    ASSERT_TRUE(sockets.watch(pair.near(), true, false));
    expected.insert(pair.near());
  }
  std::set<int> seen;
  for (int look = 0; look < 3; ++look) {
    const auto ready = ready_of(sockets, 2);
    EXPECT_EQ(ready.size(), 2U);
    for (const EpollSet::Ready& one : ready) seen.insert(one.socket);
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(ready_of(sockets, 8).size(), 5U);
}

TEST(EpollSet, WithoutRoomNothingIsReady) {
  const SocketPair pair;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(pair.near(), false, true));
  EXPECT_TRUE(ready_of(sockets, 0).empty());
}

TEST(EpollSet, MoreSocketsThanItTakesAtOnceAreReadyOverSeveralLooks) {
  constexpr std::size_t many = 150;
  const std::vector<SocketPair> pairs(many);
  EpollSet sockets;
  for (const SocketPair& pair : pairs) ASSERT_TRUE(sockets.watch(pair.near(), false, true));
  std::set<int> seen;
  for (int look = 0; look < 2; ++look) {
    for (const EpollSet::Ready& one : ready_of(sockets, 2 * many)) seen.insert(one.socket);
  }
  EXPECT_EQ(seen.size(), many);
}

TEST(EpollSet, AForgottenSocketIsReadyNoMore) {
  const SocketPair pair;
  EpollSet sockets;
  pair.write_from_far();
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  sockets.forget(pair.near());
  EXPECT_TRUE(ready_of(sockets).empty());
  sockets.forget(pair.near());  // a second time does no harm
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  EXPECT_EQ(ready_of(sockets).size(), 1U);
}

TEST(EpollSet, AClosedSocketIsForgottenAndItsNumberMayComeAgain) {
  SocketPair pair;
  EpollSet sockets;
  pair.write_from_far();
  const int number = pair.near();
  ASSERT_TRUE(sockets.watch(number, true, false));
  pair.close_near();
  EXPECT_TRUE(ready_of(sockets).empty());
  EXPECT_FALSE(sockets.watch(number, true, false));
  const SocketPair next;  // the lowest free number is the one that was closed
  ASSERT_EQ(next.near(), number);
  next.write_from_far();
  EXPECT_TRUE(ready_of(sockets).empty());
  ASSERT_TRUE(sockets.watch(number, true, false));
  const auto ready = ready_of(sockets);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(sockets.is_current(ready[0]));
}

TEST(EpollSet, WhatWasReadyIsNotTakenForALaterSocketWithTheSameNumber) {
  const SocketPair first;
  const SocketPair second;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(first.near(), false, true));
  ASSERT_TRUE(sockets.watch(second.near(), false, true));
  const auto ready = ready_of(sockets);
  ASSERT_EQ(ready.size(), 2U);
  ASSERT_EQ(ready[0].socket, first.near());
  ASSERT_TRUE(sockets.watch(second.near(), true, true));  // the same socket, for more
  EXPECT_TRUE(sockets.is_current(ready[0]) && sockets.is_current(ready[1]));
  sockets.forget(first.near());
  EXPECT_FALSE(sockets.is_current(ready[0]));
  ASSERT_TRUE(sockets.watch(first.near(), true, false));
  EXPECT_FALSE(sockets.is_current(ready[0]));
  EXPECT_TRUE(sockets.is_current(ready[1]));
}

TEST(EpollSet, ASocketWhosePeerIsGoneIsReadyAsFailed) {
  SocketPair pair;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  pair.close_far();
  const auto ready = ready_of(sockets);
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].to_read);
  EXPECT_TRUE(ready[0].failed);
}

TEST(EpollSet, AWaitEndsAtOnceWhereSomethingIsReadyAndAtItsLimitElsewhere) {
  const SocketPair pair;
  EpollSet sockets;
  ASSERT_TRUE(sockets.watch(pair.near(), true, false));
  const auto start = std::chrono::steady_clock::now();
  sockets.wait(milliseconds(10));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(10));
  pair.write_from_far();
  EXPECT_TRUE(ends_soon(sockets));
  EXPECT_EQ(ready_of(sockets).size(), 1U);  // waiting takes nothing away
}

}  // namespace
}  // namespace recon
