#include "session_line.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/random.hpp"

#include <gtest/gtest.h>

namespace recon {
namespace {

Session session_of(const std::string& text) {
  return {SessionId(text + "1"),
          GroupId("g" + text),
          "scotus",
          "2010-05-05",
          "t " + text,
          {{"Ann " + text, text}, {"Bob", text + text, text + "7"}, {"Cy", ""}}};
}

TEST(SessionLine, HasTheBytesOfTheJsonLibrary) {
  const std::vector<std::string> pieces = {
      "plain", " ",    "\"", "\\", "/", "\b\f\n\r\t", std::string(1, '\0'), "\x01",
      "\x1f",  "\x7f", "é",  "€",  "😀", "\u2028",     "{\"a\":[]}",         "\xC2\xA0"};
  KeyedRandom random(1, "session line", "");
  for (int i = 0; i < 300; ++i) {
    std::string text;
    const std::uint64_t count = random.below(12);
    for (std::uint64_t piece = 0; piece < count; ++piece) text += pieces[random.below(pieces.size())];
    const Session session = session_of(text);
    EXPECT_EQ(session_line(session), session.to_json().dump());
  }
}

TEST(SessionLine, ASessionWithoutTurnsIsWrittenToo) {
  Session session = session_of("x");
  session.turns.clear();
  EXPECT_EQ(session_line(session), session.to_json().dump());
}

TEST(SessionLine, InvalidUtf8IsRefused) {
  EXPECT_THROW(static_cast<void>(session_line(session_of("\xff"))), RunError);
  EXPECT_THROW(static_cast<void>(session_line(session_of("\xed\xa0\x80"))), RunError);
}

}  // namespace
}  // namespace recon
