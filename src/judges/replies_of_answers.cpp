#include "recon/engine/open_question.hpp"
#include "recon/engine/prompt_call.hpp"
#include "recon/judges/replies.hpp"

namespace recon {
namespace {

ReplyEnd end_of(const Answer& answer) {
  return finish_of(answer) == Finish::length ? ReplyEnd::cut_at_max_tokens : ReplyEnd::by_itself;
}

}  // namespace

Parsed<ListwiseReply> listwise_reply_of(const Answer& answer, std::size_t count) {
  return parse_listwise_reply(text_of(answer), count, end_of(answer));
}

Parsed<PairwiseReply> pairwise_reply_of(const Answer& answer) {
  return parse_pairwise_reply(text_of(answer), end_of(answer));
}

}  // namespace recon
