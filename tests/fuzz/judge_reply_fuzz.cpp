#include "recon/judges/replies.hpp"

#include <variant>

#include "fuzz_input.hpp"

namespace {

using namespace recon;

/// A reply that only says this, whatever stands before it, is read so: unless that is an open thought, object
/// or comment, which swallows it, and then nothing is read.
void expect_last_word(std::string_view before) {
  const std::string reply =
      std::string(before) + "\n" + R"({"style":"A","intent":"B","values":"na","overall":"tie_bad"})";
  const auto parsed = parse_pairwise_reply(reply);
  if (const auto* verdict = std::get_if<PairwiseReply>(&parsed)) {
    fuzz::expect(verdict->style == Outcome::a && verdict->intent == Outcome::b &&
                     verdict->values == Outcome::na && verdict->overall == Outcome::tie_bad,
                 "the last word counts");
  } else {
    fuzz::expect(before.find_first_of("{[<") != std::string_view::npos, "prose does not spoil a verdict");
  }
}

void expect_sound(const ListwiseReply& reply, std::size_t count) {
  fuzz::expect(reply.scores.size() == count, "a score for every candidate");
  for (std::size_t i = 0; i < count; ++i) {
    const Score& score = reply.scores[i];
    fuzz::expect(score.candidate == static_cast<int>(i), "scores stand in order");
    for (const auto& share : {score.style, score.intent, score.values, std::optional(score.overall)})
      fuzz::expect(share && *share >= 0 && *share <= 1, "a score lies between 0 and 1");
  }
}

}  // namespace

/// The first byte is the number of candidates, the rest a judge's reply.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t count = data[0] % 8 + 1;
  const std::string_view reply = fuzz::text_of(data + 1, size - 1);
  const auto listwise = parse_listwise_reply(reply, count);
  if (const auto* scores = std::get_if<ListwiseReply>(&listwise)) expect_sound(*scores, count);
  const auto pairwise = parse_pairwise_reply(reply);
  if (const auto* verdict = std::get_if<PairwiseReply>(&pairwise)) {
    fuzz::expect(verdict->overall != Outcome::na, "the verdict as a whole is never na");
    const auto cut = parse_pairwise_reply(reply, ReplyEnd::cut_at_max_tokens);
    const auto* same = std::get_if<PairwiseReply>(&cut);
    fuzz::expect(same == nullptr || same->overall == verdict->overall,
                 "a cut takes away, it changes nothing");
  }
  expect_last_word(reply);
  return 0;
}
