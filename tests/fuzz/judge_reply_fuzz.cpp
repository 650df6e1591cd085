#include "recon/stages/replies.hpp"

#include <variant>

#include "fuzz_input.hpp"

/// The first byte is the number of candidates, the rest a judge's reply.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  if (size == 0) return 0;
  const std::size_t count = data[0] % 8 + 1;
  const std::string_view reply = fuzz::text_of(data + 1, size - 1);
  const auto listwise = parse_listwise_reply(reply, count);
  if (const auto* scores = std::get_if<std::vector<Score>>(&listwise)) {
    fuzz::expect(scores->size() == count, "a score for every candidate");
    for (std::size_t i = 0; i < count; ++i) {
      const Score& score = (*scores)[i];
      fuzz::expect(score.candidate == static_cast<int>(i), "scores stand in order");
      fuzz::expect(score.overall >= 0 && score.overall <= 1, "a score lies between 0 and 1");
      fuzz::expect(score.style && score.intent && score.values, "every dimension is scored");
    }
  }
  const auto pairwise = parse_pairwise_reply(reply);
  if (const auto* verdict = std::get_if<PairwiseReply>(&pairwise))
    fuzz::expect(verdict->overall != Outcome::na, "the verdict as a whole is never na");
  return 0;
}
