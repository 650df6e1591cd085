#include "recon/core/loose_json.hpp"

#include "recon/core/json.hpp"

#include <chrono>

#include <gmock/gmock.h>

namespace recon {
namespace {

using testing::ElementsAre;
using State = FoundValue::State;

/// What was read as JSON, bare texts in angle quotes.
std::string told(const LooseValue& value) {
  switch (value.kind) {
    case LooseValue::Kind::number:
      return Json(value.number).dump();
    case LooseValue::Kind::bare_text:
      return "<<" + value.text + ">>";
    case LooseValue::Kind::text:
      return Json(value.text).dump();
    case LooseValue::Kind::object:
    case LooseValue::Kind::list:
      break;
  }
  std::string text;
  for (const LooseMember& member : value.members) {
    text += text.empty() ? "" : ",";
    if (value.is_object()) text += member.key + ":";
    text += told(member.value);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

std::string read(std::string_view text) {
  const auto value = read_loose_json(text);
  return value ? told(*value) : "nothing";
}

TEST(LooseJson, ReadsWhatIsCertain) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {R"({"a": 1, "b": [true, "x"]})", R"({a:1.0,b:[<<true>>,"x"]})"},
      {R"({"a": 1,})", "{a:1.0}"},
      {R"({"a": 1,, "b": 2})", "{a:1.0,b:2.0}"},
      {"{\"a\": 1\n\"b\": 2}", "{a:1.0,b:2.0}"},
      {R"([{"a":1} {"a":2}])", "[{a:1.0},{a:2.0}]"},
      {"{\"a\": 1, // one\n\"b\": 2 /* two } */, # three\n\"c\": 3}", "{a:1.0,b:2.0,c:3.0}"},
      {"{'a': 'x \"y\"'}", R"({a:"x \"y\""})"},
      {"{a: x, b: x y, c: .5, d: +1, e: 1e-2}", "{a:<<x>>,b:<<x y>>,c:0.5,d:1.0,e:0.01}"},
      {"{\xE2\x80\x9C"
       "a\xE2\x80\x9D: \xE2\x80\x9Cx\xE2\x80\x9D}",
       R"({a:"x"})"},
      {"{\"a\": NaN, \"b\": -Infinity, \"c\": 1e999}", "{a:<<NaN>>,b:<<-Infinity>>,c:<<1e999>>}"},
      {"{\"a\": <0..1>, \"b\": A|B, \"c\": <up to, say, 60 words>}",
       "{a:<<<0..1>>>,b:<<A|B>>,c:<<<up to, say, 60 words>>>}"},
      {"{\"a\": 1, ...}", "{a:1.0}"},
      {"[{\"a\":1}, ...]", "[{a:1.0},<<...>>]"},
      {R"({"a": "tie\_bad \u00e9 \ud83d\ude00 \ud83d!"})", "{a:\"tie_bad é 😀 \xEF\xBF\xBD!\"}"},
      {"{\"a\": \"two\nlines\"}", R"({a:"two\nlines"})"},
      {R"({\"a\": \"x \\\"y\\\"\",\n \"b\": 1})", R"({a:"x \"y\"",b:1.0})"},
      {"{\xC2\xA0\"a\"\xC2\xA0:\xC2\xA0"
       "1}",
       "{a:1.0}"},
      {R"({"a": 1, "a": 2})", "{a:1.0,a:2.0}"},
      {R"({"a" 1})", "nothing"},
      {R"({"a": 1 "b": 2})", "nothing"},
      {R"({"a": "x" y"})", "nothing"},
      {R"({"a": 1)", "nothing"},
      {R"({"a": 1} x)", "nothing"},
      {"1", "nothing"},
      {"", "nothing"},
  };
  for (const auto& [text, expected] : forms) EXPECT_EQ(read(text), expected) << text;
}

TEST(LooseJson, NumbersAreWhole) {
  EXPECT_EQ(read_loose_number(" 0.8 "), 0.8);
  EXPECT_EQ(read_loose_number("-.5"), -0.5);
  for (const char* text : {"", "80%", "8/10", "0,8", "inf", "nan", "-inf", "1e999", "0x1", "1 2", "+-1", "."})
    EXPECT_EQ(read_loose_number(text), std::nullopt) << text;
}

struct Seen {
  State state;
  std::string value;
  bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  *out << static_cast<int>(seen.state) << " " << seen.value;
}

std::vector<Seen> scanned(std::string_view text) {
  std::vector<Seen> seen;
  for (const FoundValue& found : scan_loose_json(text).found)
    seen.push_back({found.state, told(found.value)});
  return seen;
}

TEST(LooseJson, FindsValuesInAnyText) {
  EXPECT_THAT(scanned("So {\"a\": \"}\"} and\n```json\n[{\"b\":1}]\n```"),
              ElementsAre(Seen{State::complete, "{a:\"}\"}"}, Seen{State::complete, "[{b:1.0}]"}));
  EXPECT_THAT(scanned("{not json} {\"a\":1}"), ElementsAre(Seen{State::complete, "{a:1.0}"}));
  EXPECT_THAT(scanned("{{\"a\":1}}"), ElementsAre(Seen{State::complete, "{a:1.0}"}));
  EXPECT_THAT(scanned("no object, :-{ no"), ElementsAre());
}

TEST(LooseJson, TellsWhatIsBrokenAndGoesOnInsideIt) {
  EXPECT_THAT(scanned("{\"a\": {\"b\":1}, \"c\" oops}"),
              ElementsAre(Seen{State::malformed, "{a:{b:1.0}}"}, Seen{State::complete, "{b:1.0}"}));
  EXPECT_THAT(scanned("{\"a\": 1} {\"a\": [1, {\"b\": 2}"),
              ElementsAre(Seen{State::complete, "{a:1.0}"}, Seen{State::broken_off, "{a:[1.0,{b:2.0}]}"},
                          Seen{State::broken_off, "[1.0,{b:2.0}]"}, Seen{State::complete, "{b:2.0}"}));
  EXPECT_THAT(scanned("{"), ElementsAre(Seen{State::broken_off, "{}"}));
  EXPECT_THAT(scanned("{\"st"), ElementsAre(Seen{State::broken_off, "{}"}));
  EXPECT_THAT(scanned("[{\"st"), ElementsAre(Seen{State::broken_off, "[]"}, Seen{State::broken_off, "{}"}));
}

TEST(LooseJson, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(read_loose_json(nested(deepest_loose_json)));
  EXPECT_FALSE(read_loose_json(nested(deepest_loose_json + 1)));
}

/// Time goes with length: a quadratic reader takes minutes for these.
TEST(LooseJson, HostileTextTakesNoLong) {
  constexpr std::size_t size = 20'000;
  for (const char* piece : {"{",
                            "[",
                            "{\"",
                            "{\"a\":",
                            "[{",
                            "{'",
                            "{/*",
                            "{\"a\":/*",
                            "{\\\"",
                            "{\\\"a\\\":",
                            "{\"a\":[",
                            "{a:'{",
                            "{a:\"{'",
                            "[<",
                            "{\"a\":1}",
                            "[1,",
                            "{\"a\":\"\\u",
                            "{a:{b:\"",
                            "{\"a\":'{\"b\":\"",
                            "{\xE2\x80\x9C",
                            "{#",
                            "{//",
                            "{...",
                            "{a:<"}) {
    std::string text;
    while (text.size() < size) text += piece;
    const auto began = std::chrono::steady_clock::now();
    (void)scan_loose_json(text);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_LT(took, std::chrono::seconds(2)) << piece;
  }
}

}  // namespace
}  // namespace recon
