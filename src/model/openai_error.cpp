#include "openai_error.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <initializer_list>

#include "reply_json.hpp"

namespace recon {
namespace {

bool mentions_any(std::string_view text, std::initializer_list<std::string_view> words) {
  const std::string low = ascii_lower_case(text);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

}  // namespace

std::string server_message(const std::string& body) {
  const Json reply = Json::parse(body, nullptr, false);
  std::string text;
  for (const Json* found : {&at(at(reply, "error"), "message"), &at(reply, "error"), &at(reply, "message"),
                            &at(reply, "detail")}) {
    if (!text.empty()) break;
    if (found->is_string()) text = found->get<std::string>();
  }
  if (text.empty()) text = replace_invalid_utf8(body);
  text = collapse_white_space(text);
  constexpr std::size_t longest = 300;
  if (text.size() > longest) text = replace_invalid_utf8(text.substr(0, longest)) + "...";
  return text;
}

bool complains_about_n(const std::string& body) {
  const Json reply = Json::parse(body, nullptr, false);
  if (at(at(reply, "error"), "param") == "n") return true;
  const std::string text = server_message(body);
  const auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '\\';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != 'n') continue;
    const bool begins = i == 0 || !in_word(text[i - 1]);
    if (begins && (i + 1 == text.size() || !in_word(text[i + 1]))) return true;
  }
  return false;
}

bool complains_about_schema(std::string_view body) {
  return mentions_any(body, {"response_format", "json_schema", "guided", "structured output"});
}

bool complains_about_length(std::string_view body) {
  return mentions_any(body, {"context length", "context_length_exceeded", "maximum context", "context window",
                             "exceed_context_size"});
}

bool wants_max_completion_tokens(std::string_view body) {
  return mentions_any(body, {"max_completion_tokens"}) && mentions_any(body, {"max_tokens"});
}

bool complains_about_quota(std::string_view body) {
  return mentions_any(body, {"insufficient_quota", "billing_hard_limit", "insufficient credits",
                             "insufficient balance", "credit balance is too low"});
}

bool complains_about_content(std::string_view body) {
  return mentions_any(body, {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"});
}

}  // namespace recon
