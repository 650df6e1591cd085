#include "finish_reason.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "framed_json.hpp"
#include "reply_json.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

using namespace std::string_view_literals;

/// Whole words, letters and digits alone in lower case.
constexpr std::array well_words{
    "stop"sv,      "eos"sv,           "eostoken"sv,     "eot"sv,        "endturn"sv,    "endofturn"sv,
    "endoftext"sv, "endofsequence"sv, "stopsequence"sv, "stopword"sv,   "stopstring"sv, "stoptoken"sv,
    "stopped"sv,   "complete"sv,      "completed"sv,    "completion"sv, "finish"sv,     "finished"sv,
    "done"sv,      "end"sv,           "normal"sv,       "success"sv,    "natural"sv};
constexpr std::array cut_words{"length"sv,
                               "lengthlimit"sv,
                               "maxlength"sv,
                               "maxtokens"sv,
                               "maxtoken"sv,
                               "maxoutputtokens"sv,
                               "maxnewtokens"sv,
                               "maxcompletiontokens"sv,
                               "maxtokensreached"sv,
                               "modellength"sv,
                               "maxmodellength"sv,
                               "contextlength"sv,
                               "contextlengthexceeded"sv,
                               "modelcontextwindowexceeded"sv,
                               "contextwindowexceeded"sv,
                               "tokenlimit"sv,
                               "tokenlimitreached"sv,
                               "limit"sv,
                               "truncated"sv};
constexpr std::array declined_words{"refusal"sv, "refused"sv, "declined"sv};
/// What these words hold is enough: `PROHIBITED_CONTENT`, `content_filter_error`.
constexpr std::array withheld_parts{"contentfilter"sv, "safety"sv,        "prohibited"sv,      "blocklist"sv,
                                    "recitation"sv,    "spii"sv,          "guardrail"sv,       "moderation"sv,
                                    "sensitive"sv,     "contentpolicy"sv, "policyviolation"sv, "blocked"sv};
constexpr std::array broken_parts{
    "error"sv,     "abort"sv,     "cancel"sv,      "timeout"sv,    "timedout"sv,   "deadline"sv,
    "fail"sv,      "overload"sv,  "interrupt"sv,   "disconnect"sv, "connection"sv, "insufficient"sv,
    "exception"sv, "malformed"sv, "unavailable"sv, "preempt"sv,    "evict"sv,      "killed"sv,
    "crash"sv,     "ratelimit"sv, "unexpected"sv};

/// Letters and digits alone, in lower case, without what some servers put in front.
std::string bare_word(std::string_view word) {
  std::string bare;
  for (const char c : word.substr(word.rfind('.') + 1)) {
    const char low = ascii_lower_case(c);
    if ((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9')) bare.push_back(low);
  }
  for (const std::string_view prefix : {"finishreason"sv, "stopreason"sv}) {
    if (bare.starts_with(prefix)) bare.erase(0, prefix.size());
  }
  return bare;
}

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

template <std::size_t count>
bool has_one_of(std::string_view word, const std::array<std::string_view, count>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return word.find(part) != std::string_view::npos; });
}

/// A word, also where it stands as the `type` of an object or as something that is no text.
std::string word_of(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_object()) return word_of(at(value, "type"));
  std::string word = value.is_string() ? value.get<std::string>()
                                       : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  static_cast<void>(mend_text(word));
  constexpr std::size_t longest = 60;
  if (word.size() > longest) word = replace_invalid_utf8(std::string_view(word).substr(0, longest));
  return collapse_white_space(word);
}

/// The word of a choice. Gateways to other kinds of servers leave it under its name there.
std::string finish_word(const Json& choice) {
  for (const char* key : {"finish_reason", "finishReason", "finish_details", "done_reason"}) {
    std::string word = word_of(at(choice, key));
    if (ending_of(word) != Ending::unsaid) return word;
  }
  // In vLLM's replies this is the text that stopped the model.
  std::string word = word_of(at(choice, "stop_reason"));
  return ending_of(word) == Ending::unknown ? "" : word;
}

/// What an error in a choice says, on one line; empty where there is none.
std::string error_text(const Json& error) {
  const bool is_none = error.is_null() || error == false || (error.is_structured() && error.empty()) ||
                       (error.is_string() && error.get_ref<const std::string&>().empty());
  if (is_none) return "";
  std::string text;
  for (const Json* found : {&error, &at(error, "message"), &at(error, "detail"), &at(error, "error")}) {
    if (text.empty() && found->is_string()) text = found->get<std::string>();
  }
  const Json& code = at(error, "code");
  if (code.is_number_integer()) {
    text = text.empty() ? fmt::format("code {}", code.get<std::int64_t>())
                        : fmt::format("{} (code {})", text, code.get<std::int64_t>());
  }
  if (text.empty()) text = error.dump(-1, ' ', false, Json::error_handler_t::replace);
  static_cast<void>(mend_text(text));
  constexpr std::size_t longest = 300;
  return short_line(text, longest);
}

std::string error_of_choice(const Json& choice) {
  std::string text = error_text(at(choice, "error"));
  return text.empty() ? error_text(at(at(choice, "message"), "error")) : text;
}

}  // namespace

Ending ending_of(std::string_view word) {
  const std::string bare = bare_word(word);
  if (trim(word).empty() || bare == "null" || bare == "none") return Ending::unsaid;
  if (is_one_of(bare, well_words)) return Ending::well;
  if (is_one_of(bare, cut_words)) return Ending::cut;
  if (is_one_of(bare, declined_words)) return Ending::declined;
  if (has_one_of(bare, withheld_parts)) return Ending::withheld;
  if (has_one_of(bare, broken_parts)) return Ending::broken;
  return Ending::unknown;
}

ChoiceEnd end_of_choice(const Json& choice) {
  const std::string word = finish_word(choice);
  const std::string native_word = word_of(at(choice, "native_finish_reason"));
  const Ending ending = ending_of(word);
  const Ending native = ending_of(native_word);
  const auto either = [&](Ending wanted) { return ending == wanted || native == wanted; };
  ChoiceEnd end;
  // Asked again it would be withheld again, whatever else went wrong.
  if (either(Ending::withheld)) {
    end.finish = Finish::content_filter;
    return end;
  }
  const std::string error = error_of_choice(choice);
  if (!error.empty() || either(Ending::broken)) {
    const std::string& said = ending == Ending::broken || native != Ending::broken ? word : native_word;
    end.broken = said.empty() ? "the reply was broken off"
                              : fmt::format("the reply was broken off (finish_reason '{}')", said);
    if (!error.empty()) end.broken += ": " + error;
    return end;
  }
  if (either(Ending::declined)) {
    end.finish = Finish::declined;
  } else if (either(Ending::cut)) {
    end.finish = Finish::length;
  } else if (ending == Ending::unknown) {
    end.finish = Finish::other;
    end.reason = word;
  }
  return end;
}

}  // namespace recon
