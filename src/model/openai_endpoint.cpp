#include "openai_endpoint.hpp"

#include <utility>

#include "openai_error.hpp"

namespace recon {

OpenAiEndpoint::OpenAiEndpoint(std::string base_url, WireOptions options)
    : base_url_(std::move(base_url)), options_(std::move(options)) {
  if (!options_.send_schema) reply_schema_ = Support::no;
}

OpenAiEndpoint::Use OpenAiEndpoint::use_of(const Request& request, int samples) const {
  const auto* chat = std::get_if<ChatRequest>(&request);
  if (chat == nullptr) return {};
  return {options_.send_n && samples > 1, options_.send_schema && chat->reply_schema.has_value(),
          !options_.max_completion_tokens && chat->sampling.max_tokens.has_value()};
}

bool OpenAiEndpoint::is_known(const Use& use) const {
  return !(use.several_samples && several_samples_ == Support::asking) &&
         !(use.reply_schema && reply_schema_ == Support::asking);
}

WireRequest OpenAiEndpoint::wire(const Request& request, int samples) const {
  return to_wire(request, samples, options_);
}

void OpenAiEndpoint::asking(const Use& use) {
  if (use.several_samples && several_samples_ == Support::unknown) several_samples_ = Support::asking;
  if (use.reply_schema && reply_schema_ == Support::unknown) reply_schema_ = Support::asking;
}

std::string OpenAiEndpoint::answered(const Use& use, int wanted, std::size_t answers) {
  if (use.reply_schema && reply_schema_ == Support::asking) reply_schema_ = Support::yes;
  if (!use.several_samples || several_samples_ != Support::asking) return "";
  const bool ignored = wanted > 1 && answers <= 1;
  several_samples_ = ignored ? Support::no : Support::yes;
  options_.send_n = !ignored;
  return ignored ? "the server ignores n > 1; samples are asked for one by one from now on" : "";
}

void OpenAiEndpoint::no_answer(const Use& use) {
  if (use.several_samples && several_samples_ == Support::asking) several_samples_ = Support::unknown;
  if (use.reply_schema && reply_schema_ == Support::asking) reply_schema_ = Support::unknown;
}

bool OpenAiEndpoint::falls_back(const Use& use, const std::string& body, std::string& warning) {
  // Requests that were under way when the first one was refused find the option off already: no second
  // warning.
  if (use.reply_schema && complains_about_schema(body)) {
    if (options_.send_schema)
      warning = "the server refuses response_format; replies are read leniently from now on";
    options_.send_schema = false;
    reply_schema_ = Support::no;
    return true;
  }
  if (use.several_samples && complains_about_n(body)) {
    if (options_.send_n) warning = "the server refuses n > 1; samples are asked for one by one from now on";
    options_.send_n = false;
    several_samples_ = Support::no;
    return true;
  }
  if (use.max_tokens && wants_max_completion_tokens(body)) {
    if (!options_.max_completion_tokens)
      warning = "the server wants max_completion_tokens instead of max_tokens and gets it from now on";
    options_.max_completion_tokens = true;
    return true;
  }
  return false;
}

}  // namespace recon
