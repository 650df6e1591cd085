#include "recon/judges/replies.hpp"

#include "recon/core/json.hpp"
#include "recon/core/loose_json.hpp"
#include "recon/core/text.hpp"
#include "recon/model/thinking.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "judge_form.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

struct Marks {
  std::string_view open;
  std::string_view close;
};

/// What a judge puts aside besides thinking.
constexpr std::array<Marks, 2> aside_marks{{{"<analysis>", "</analysis>"}, {"<!--", "-->"}}};

bool stands_at(std::string_view text, std::size_t at, std::string_view lower_case) {
  if (text.size() - at < lower_case.size()) return false;
  return std::equal(lower_case.begin(), lower_case.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char expected, char found) { return expected == ascii_lower_case(found); });
}

/// Where the text goes on after thinking or another aside that begins here; its end where that is not closed.
std::size_t after_aside(std::string_view text, std::size_t at) {
  if (const std::size_t after = after_thinking(text, at); after != at) return after;
  for (const Marks& marks : aside_marks) {
    if (!stands_at(text, at, marks.open)) continue;
    for (std::size_t close = at + marks.open.size(); close < text.size(); ++close) {
      if (stands_at(text, close, marks.close)) return close + marks.close.size();
    }
    return text.size();
  }
  return at;
}

/// Whether nothing but closing brackets, fences and tags follows: the reply had come to its end.
bool only_closes(std::string_view rest) {
  constexpr std::string_view closing = "`)]}*.;\"' \t\r\n";
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t tag_end =
        rest.substr(at).starts_with("</") ? rest.find('>', at) : std::string_view::npos;
    if (tag_end != std::string_view::npos) {
      at = tag_end + 1;
    } else if (closing.find(rest[at]) != std::string_view::npos) {
      ++at;
    } else {
      return false;
    }
  }
  return true;
}

/// Looks for what a reply says in a form and settles which of it counts.
template <class Form>
class Claims {
 public:
  using Reply = typename Form::Reply;

  Claims(const Form& form, std::string_view text)
      : form_(form), text_(text), scan_(scan_loose_json(text, after_aside)) {
    for (const FoundValue& found : scan_.found) {
      if (found.state == FoundValue::State::complete) {
        look_at(found);
      } else if (was_to_be_one(found)) {
        say(found.begin, found.end,
            found.state == FoundValue::State::broken_off ? "the reply breaks off inside its JSON"
                                                         : "the JSON of the reply can't be read");
      }
    }
    end_run();
    std::stable_sort(said_.begin(), said_.end(), [](const Said& a, const Said& b) { return a.end < b.end; });
  }

  [[nodiscard]] Parsed<Reply> last(ReplyEnd end) const {
    if (scan_.given_up) return "the reply is too convoluted to be read";
    if (said_.empty()) return scan_.found.empty() ? "no JSON object in the reply" : Form::missing();
    const Said& last = said_.back();
    if (const auto problem = problem_in(last.parsed)) return *problem;
    if (touches_broken(last)) return "the JSON around the verdict can't be read";
    if (end == ReplyEnd::cut_at_max_tokens && !only_closes(text_.substr(last.end)))
      return "the reply goes on after its JSON and was cut there";
    Reply reply = std::get<Reply>(last.parsed);
    reply.ambiguous = std::any_of(said_.begin(), said_.end(), [&](const Said& said) {
      const auto* other = std::get_if<Reply>(&said.parsed);
      return other != nullptr && !Form::same(*other, reply);
    });
    return reply;
  }

 private:
  struct Said {
    std::size_t begin = 0;
    std::size_t end = 0;
    Parsed<Reply> parsed;
  };
  /// Entries that stand one after the other without a list around them.
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<const LooseValue*> entries;
    std::vector<std::size_t> candidates;
  };

  const Form& form_;
  std::string_view text_;
  LooseScan scan_;
  std::vector<Said> said_;
  Run run_;

  void say(std::size_t begin, std::size_t end, Parsed<Reply> parsed) {
    said_.push_back({begin, end, std::move(parsed)});
  }

  void look_at(const FoundValue& found) {
    if constexpr (requires { form_.entry_of(found.value); }) {
      if (const auto candidate = form_.entry_of(found.value)) {
        add_to_run(found, *candidate);
        return;
      }
    }
    const std::size_t before = said_.size();
    look_into(found, found.value, "", false);
    if (said_.size() > before) end_run();
  }

  /// What a value says, or else what its parts say. A text may hold JSON, one level deep.
  void look_into(const FoundValue& found, const LooseValue& value, const std::string& outer_why,
                 bool in_text) {
    if (auto claim = form_.claim_of(value)) {
      if (auto* reply = std::get_if<Reply>(&*claim); reply != nullptr && reply->why.empty())
        reply->why = outer_why;
      say(found.begin, found.end, *std::move(claim));
      return;
    }
    const std::string own_why = why_in(value);
    const std::string& why = own_why.empty() ? outer_why : own_why;
    for (const LooseMember& member : value.members) {
      if (is_aside(member, value)) continue;
      if (member.value.kind == LooseValue::Kind::text && !in_text) {
        if (const auto held = read_loose_json(member.value.text)) look_into(found, *held, why, true);
      } else {
        look_into(found, member.value, why, in_text);
      }
    }
  }

  void add_to_run(const FoundValue& found, std::size_t candidate) {
    const bool again =
        std::find(run_.candidates.begin(), run_.candidates.end(), candidate) != run_.candidates.end();
    if constexpr (requires { form_.count(); }) {
      if (again && run_.entries.size() == form_.count()) end_run();
    }
    if (run_.entries.empty()) run_.begin = found.begin;
    run_.end = found.end;
    run_.entries.push_back(&found.value);
    run_.candidates.push_back(candidate);
  }

  void end_run() {
    if constexpr (requires { form_.from_entries(run_.entries); }) {
      if (!run_.entries.empty()) say(run_.begin, run_.end, form_.from_entries(run_.entries));
    }
    run_ = {};
  }

  /// Whether a value that was not read to its end was to be of the form, as far as one can tell.
  [[nodiscard]] bool was_to_be_one(const FoundValue& found) const {
    const LooseValue& value = found.value;
    if (found.state == FoundValue::State::broken_off) {
      return value.is_object() || value.members.empty() ||
             std::any_of(value.members.begin(), value.members.end(),
                         [](const LooseMember& element) { return element.value.is_object(); });
    }
    return form_.begins(value) ||
           std::any_of(value.members.begin(), value.members.end(),
                       [&](const LooseMember& member) { return is_aside(member, value); });
  }

  /// Whether it lies in something that can't be read, or that ends within it: a string there may hold it.
  [[nodiscard]] bool touches_broken(const Said& said) const {
    return std::any_of(scan_.found.begin(), scan_.found.end(), [&](const FoundValue& found) {
      return found.state != FoundValue::State::complete && found.begin < said.begin && found.end > said.begin;
    });
  }
};

/// A reply with nothing but its reason, where one is asked for.
Json begun_sample(bool explain) {
  constexpr int words_asked_for = 60;
  Json reply = Json::object();
  if (!explain) return reply;
  std::string why;
  for (int word = 0; word < words_asked_for; ++word) why += word == 0 ? "reason" : " reason";
  reply["why"] = why;
  return reply;
}

}  // namespace

Parsed<ListwiseReply> parse_listwise_reply(std::string_view reply, std::size_t count, ReplyEnd end) {
  const ListwiseForm form(count);
  return Claims<ListwiseForm>(form, reply).last(end);
}

Parsed<PairwiseReply> parse_pairwise_reply(std::string_view reply, ReplyEnd end) {
  return Claims<PairwiseForm>(PairwiseForm(), reply).last(end);
}

std::string sample_listwise_reply(std::size_t count, bool explain) {
  Json scores = Json::array();
  for (std::size_t number = 1; number <= count; ++number) {
    scores.push_back(
        {{"candidate", number}, {"style", 0.55}, {"intent", 0.55}, {"values", 0.55}, {"overall", 0.55}});
  }
  Json reply = begun_sample(explain);
  reply["scores"] = std::move(scores);
  return reply.dump();
}

std::string sample_pairwise_reply(bool explain) {
  Json reply = begun_sample(explain);
  for (const char* field : {"style", "intent", "values", "overall"}) reply[field] = "tie";
  return reply.dump();
}

}  // namespace recon
