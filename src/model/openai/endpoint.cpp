#include "endpoint.hpp"

#include "recon/core/visit.hpp"
#include "recon/http/url.hpp"

#include <utility>

#include <fmt/format.h>

namespace recon {

OpenAiEndpoint::OpenAiEndpoint(std::string base_url, WireOptions options)
    : base_url_(std::move(base_url)), options_(std::move(options)) {
  if (!options_.send_schema) reply_schema_ = Support::no;
}

std::string OpenAiEndpoint::address(const std::string& path) const { return with_path(base_url_, path); }

OpenAiEndpoint::Use OpenAiEndpoint::use_of(const Request& request, int samples,
                                           RequestOption left_out) const {
  Use use = match(
      request,
      [&](const ChatRequest& chat) {
        return Use{options_.send_n && samples > 1, options_.send_schema && chat.reply_schema.has_value(),
                   !options_.max_completion_tokens && chat.sampling.max_tokens.has_value(),
                   RequestOption::none};
      },
      [](const ScoreRequest&) { return Use{}; }, [](const EmbedRequest&) { return Use{}; });
  bool* const would_use = left_out == RequestOption::reply_schema      ? &use.reply_schema
                          : left_out == RequestOption::several_samples ? &use.several_samples
                                                                       : nullptr;
  if (would_use != nullptr && std::exchange(*would_use, false)) use.left_out = left_out;
  return use;
}

bool OpenAiEndpoint::is_known(const Use& use) const {
  return !(use.several_samples && several_samples_ == Support::asking) &&
         !(use.reply_schema && reply_schema_ == Support::asking);
}

WireRequest OpenAiEndpoint::wire(const Request& request, int samples, RequestOption left_out) const {
  WireOptions options = options_;
  if (left_out == RequestOption::reply_schema) options.send_schema = false;
  if (left_out == RequestOption::several_samples) options.send_n = false;
  return to_wire(request, samples, options);
}

OpenAiEndpoint::Support& OpenAiEndpoint::support_of(RequestOption option) {
  return option == RequestOption::reply_schema ? reply_schema_ : several_samples_;
}

void OpenAiEndpoint::asking(const Use& use) {
  if (use.several_samples && several_samples_ == Support::unknown) several_samples_ = Support::asking;
  if (use.reply_schema && reply_schema_ == Support::unknown) reply_schema_ = Support::asking;
  // The attempt without it finds out as well.
  if (use.left_out != RequestOption::none && support_of(use.left_out) == Support::unknown)
    support_of(use.left_out) = Support::asking;
}

std::string OpenAiEndpoint::answered(const Use& use, int wanted, std::size_t choices,
                                     const std::string& why) {
  if (use.reply_schema && reply_schema_ == Support::asking) reply_schema_ = Support::yes;
  if (use.left_out != RequestOption::none) return drop(use.left_out, why);
  if (!use.several_samples || several_samples_ != Support::asking) return "";
  if (choices == 0) {  // withheld: it tells nothing
    several_samples_ = Support::unknown;
    return "";
  }
  const bool ignored = wanted > 1 && choices == 1;
  several_samples_ = ignored ? Support::no : Support::yes;
  options_.send_n = !ignored;
  return ignored ? "the server ignores n > 1; samples are asked for one by one from now on" : "";
}

void OpenAiEndpoint::no_answer(const Use& use) {
  if (use.several_samples && several_samples_ == Support::asking) several_samples_ = Support::unknown;
  if (use.reply_schema && reply_schema_ == Support::asking) reply_schema_ = Support::unknown;
  if (use.left_out != RequestOption::none && support_of(use.left_out) == Support::asking)
    support_of(use.left_out) = Support::unknown;
}

/// Requests that were under way when the first one was refused find the option off already: no second
/// warning.
std::string OpenAiEndpoint::drop(RequestOption option, const std::string& why) {
  support_of(option) = Support::no;
  const bool is_schema = option == RequestOption::reply_schema;
  if (!std::exchange(is_schema ? options_.send_schema : options_.send_n, false)) return "";
  if (is_schema) {
    return fmt::format(
        "the server refuses the JSON schema of replies ({}); from now on they are asked for without it and "
        "read "
        "leniently; `json_schema: false` for this model says so from the start",
        why);
  }
  return fmt::format("the server refuses n > 1 ({}); samples are asked for one by one from now on", why);
}

bool OpenAiEndpoint::falls_back(const Use& use, const ServerError& error, std::string& warning) {
  if (use.several_samples && complains_about_n(error)) {
    warning = drop(RequestOption::several_samples, error.said());
    return true;
  }
  if (use.max_tokens && wants_max_completion_tokens(error)) {
    if (!std::exchange(options_.max_completion_tokens, true))
      warning = "the server wants max_completion_tokens instead of max_tokens and gets it from now on";
    return true;
  }
  return false;
}

bool OpenAiEndpoint::tries_without(const Use& use, const ServerError& error, OptionTrial& trial) {
  const bool is_refusal =
      error.cause == ServerError::Cause::request && (error.status == 400 || error.status == 422);
  if (use.reply_schema && !trial.schema_tried && (is_refusal || complains_about_schema(error))) {
    trial.left_out = RequestOption::reply_schema;
    trial.schema_tried = true;
  } else if (use.several_samples && !trial.samples_tried && is_refusal) {
    trial.left_out = RequestOption::several_samples;
    trial.samples_tried = true;
  } else {
    return false;
  }
  trial.why = error.said();
  return true;
}

}  // namespace recon
