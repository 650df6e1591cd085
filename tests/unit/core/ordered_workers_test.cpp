#include "recon/core/ordered_workers.hpp"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(OrderedWorkers, ResultsComeInOrderWhoeverIsFaster) {
  OrderedWorkers<std::size_t> workers(1000, 4, 7, [](std::size_t, std::size_t index) {
    // Uneven work, so that later indices are often ready first.
    volatile std::size_t spin = index % 5 == 0 ? 20'000 : 1;
    while (spin > 0) spin = spin - 1;
    return index;
  });
  for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(workers.next(), i);
  EXPECT_EQ(workers.next(), std::nullopt);
  EXPECT_EQ(workers.next(), std::nullopt);
}

TEST(OrderedWorkers, NeverMoreThanSoManyAreAhead) {
  std::atomic<std::size_t> begun = 0;
  OrderedWorkers<int> workers(100, 3, 4, [&](std::size_t, std::size_t) {
    ++begun;
    return 0;
  });
  for (std::size_t taken = 1; taken <= 100; ++taken) {
    ASSERT_TRUE(workers.next());
    EXPECT_LE(begun, taken + 4);
  }
}

TEST(OrderedWorkers, AnExceptionComesInItsPlaceAndTheRestGoesOn) {
  OrderedWorkers<std::size_t> workers(3, 2, 2, [](std::size_t, std::size_t index) {
    if (index == 1) throw std::runtime_error("one");
    return index;
  });
  EXPECT_EQ(workers.next(), 0U);
  EXPECT_THROW(static_cast<void>(workers.next()), std::runtime_error);
  EXPECT_EQ(workers.next(), 2U);
  EXPECT_EQ(workers.next(), std::nullopt);
}

TEST(OrderedWorkers, MayBeLeftBeforeTheEnd) {
  std::atomic<std::size_t> begun = 0;
  {
    OrderedWorkers<int> workers(1'000'000, 2, 3, [&](std::size_t, std::size_t) {
      ++begun;
      return 1;
    });
    EXPECT_EQ(workers.next(), 1);
  }
  EXPECT_LE(begun, 10U);
}

TEST(OrderedWorkers, NoWorkIsNoResult) {
  OrderedWorkers<int> workers(0, 2, 3, [](std::size_t, std::size_t) { return 1; });
  EXPECT_EQ(workers.next(), std::nullopt);
}

}  // namespace
}  // namespace recon
