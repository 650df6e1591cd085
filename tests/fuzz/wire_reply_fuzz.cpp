#include "recon/http/rate_headers.hpp"
#include "recon/http/retry.hpp"
#include "recon/model/thinking.hpp"

#include <cmath>
#include <string>

#include "fuzz_input.hpp"
#include "openai/error.hpp"
#include "openai/error_text.hpp"
#include "openai/framed_json.hpp"
#include "openai/wire.hpp"

namespace {

using namespace recon;

/// What every parsed reply promises: with a problem no answers, else some, all fit for the store.
void check(const WireReply& reply, std::size_t most) {
  fuzz::expect(reply.problem.has_value() == reply.answers.empty(), "answers or a problem");
  fuzz::expect(reply.answers.size() <= most, "no more answers than asked for");
  fuzz::expect(reply.usage.cached <= reply.usage.prompt, "cached tokens are part of the prompt's");
  fuzz::expect(reply.usage.reasoning <= reply.usage.completion, "thinking is part of the reply's");
  for (const Answer& answer : reply.answers) {
    if (const auto* score = std::get_if<ScoreAnswer>(&answer))
      fuzz::expect(std::isfinite(score->log_probability), "a score is a number");
    if (const auto* chat = std::get_if<ChatAnswer>(&answer)) {
      fuzz::expect((chat->finish == Finish::other) == !chat->finish_reason.empty(),
                   "an unknown ending has its word");
      (void)leading_mark(chat->text);
    }
    const Json stored = Json::parse(answer_to_json(answer).dump());
    fuzz::expect(answer_to_json(answer_from_json(stored)) == stored, "an answer survives the store");
  }
}

}  // namespace

/// The first byte chooses the kind of request, the rest is the server's reply.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string body(fuzz::text_of(data + 1, size - 1));
  WireOptions options;
  options.model = "m";
  options.chat_template = "chatml";
  Request request = ChatRequest{{{Role::user, "Hello?"}}, {}, std::nullopt, Json::object()};
  if (data[0] % 3 == 1) request = ScoreRequest{{{Role::user, "Hello?"}}, "Blue, like the sea."};
  if (data[0] % 3 == 2) request = EmbedRequest{"Hello?"};
  const int samples = data[0] % 3 == 0 ? 3 : 1;
  check(from_wire(request, to_wire(request, samples, options), samples, body),
        static_cast<std::size_t>(samples));
  (void)error_of_status(500, body);
  (void)wait_told_in(body);
  std::string text = body;
  (void)mend_text(text);
  fuzz::expect(mend_text(text) == 0, "mended text is text");
  const SpokenText spoken = split_thinking(text);
  fuzz::expect(spoken.text.size() <= text.size(), "thinking is taken out, nothing put in");
  (void)retry_after_pause(body);
  (void)parse_duration(body);
  (void)rate_limit_pause({{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", body}});
  return 0;
}
