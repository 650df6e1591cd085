#include "recon/core/digest.hpp"

#include "recon/core/error.hpp"

#include <set>
#include <string>
#include <unordered_set>

#include "test_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using support::put;
using support::TestFolder;
using testing::HasSubstr;

TEST(DigestTest, IsSha256) {
  // The examples of FIPS 180-2.
  EXPECT_EQ(digest_of("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(DigestTest, PiecesGiveTheDigestOfTheWhole) {
  EXPECT_EQ(DigestBuilder().bytes("ab").bytes("").bytes("c").finish(), digest_of("abc"));
}

TEST(DigestTest, FieldsThatJoinAlikeDiffer) {
  std::set<std::string> digests;
  digests.insert(DigestBuilder().field("ab").field("c").finish().hex());
  digests.insert(DigestBuilder().field("a").field("bc").finish().hex());
  digests.insert(DigestBuilder().field("abc").finish().hex());
  digests.insert(DigestBuilder().field("abc").field("").finish().hex());
  digests.insert(DigestBuilder().bytes("abc").finish().hex());
  EXPECT_EQ(digests.size(), 5U);
}

TEST(DigestTest, NumbersDifferByValueAndOrder) {
  EXPECT_NE(DigestBuilder().number(1).number(2).finish(), DigestBuilder().number(2).number(1).finish());
  EXPECT_NE(DigestBuilder().number(256).finish(), DigestBuilder().number(1).finish());
  EXPECT_EQ(DigestBuilder().number(7).finish(), DigestBuilder().number(7).finish());
}

TEST(DigestTest, HexComesBack) {
  const Digest digest = digest_of("there and back");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest().hex(), std::string(64, '0'));
}

TEST(DigestTest, RefusesWhatIsNoHex) {
  const std::string good = digest_of("x").hex();
  std::string letter = good;
  letter[5] = 'g';
  std::string upper(64, 'A');
  for (const std::string& bad : {std::string(), good.substr(1), good + "0", letter, upper}) {
    EXPECT_THROW(static_cast<void>(Digest::from_hex(bad)), RunError) << bad;
  }
}

TEST(DigestTest, OrdersAndHashes) {
  const Digest low = Digest::from_hex(std::string(63, '0') + "1");
  const Digest high = Digest::from_hex("1" + std::string(63, '0'));
  EXPECT_LT(low, high);
  const std::unordered_set<Digest, DigestHash> set{low, high, low};
  EXPECT_EQ(set.size(), 2U);
}

TEST(DigestTest, OfAFileIsThatOfItsBytes) {
  const TestFolder folder;
  std::string content(std::size_t{3} << 20U, 'x');  // longer than any buffer
  content[12345] = '\0';
  EXPECT_EQ(digest_of_file(put(folder / "large", content)), digest_of(content));
  EXPECT_EQ(digest_of_file(put(folder / "empty", "")), digest_of(""));
}

TEST(DigestTest, OfAFileThatCantBeReadIsAnErrorWithItsName) {
  const TestFolder folder;
  const auto message =
      support::message_of<RunError>([&] { static_cast<void>(digest_of_file(folder / "none.gguf")); });
  EXPECT_THAT(message, HasSubstr("none.gguf"));
  EXPECT_THROW(static_cast<void>(digest_of_file(folder.path())), RunError);
}

}  // namespace
}  // namespace recon
