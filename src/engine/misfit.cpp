#include "misfit.hpp"

#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/engine/answer_limits.hpp"
#include "recon/engine/open_question.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

namespace limits = answer_limits;

constexpr std::size_t most_quoted = 240;

/// Null where a failure says nothing about what a model is good for.
std::optional<MisfitLook> look_of(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::refused:
      return MisfitLook::refused;
    case Failure::Kind::malformed:
      return MisfitLook::unreadable;
    case Failure::Kind::too_long:
      return MisfitLook::too_long;
    case Failure::Kind::unusable:
      return MisfitLook::other_form;
    case Failure::Kind::truncated:
      return MisfitLook::cut;
    case Failure::Kind::declined:
      return MisfitLook::declined;
    case Failure::Kind::filtered:
      return MisfitLook::filtered;
    case Failure::Kind::unsupported:
      return MisfitLook::unsupported;
    case Failure::Kind::transport:
    case Failure::Kind::timeout:
    case Failure::Kind::server:
    case Failure::Kind::unauthorized:
    case Failure::Kind::quota:
    case Failure::Kind::stopped:
      break;
  }
  return std::nullopt;
}

/// What it looks like, and the remedy.
std::string advice(MisfitLook look, const ModelConfig& model) {
  switch (look) {
    case MisfitLook::answer_in_thinking:
      return "The text of the replies is empty and the answer stands in their thinking (reasoning_content): "
             "thinking is off, but the server's reasoning parser is on and takes the whole answer for a "
             "thought. Start the server without it (vLLM: no --reasoning-parser), or turn thinking on";
    case MisfitLook::cut_while_thinking:
      return "The replies are cut at max_tokens while the model still thinks. Raise max_tokens, or turn "
             "thinking off (for many servers extra_body: {chat_template_kwargs: {enable_thinking: false}})";
    case MisfitLook::cut:
      return "The replies are cut at max_tokens. Raise it";
    case MisfitLook::empty:
      return "The replies are empty. Ask the server by hand: its chat template, its stop words or the "
             "model's "
             "name may be wrong";
    case MisfitLook::declined:
      return "The model declines to answer. Look at the prompt (`recon prompt try`), or take another model";
    case MisfitLook::filtered:
      return "The server's content filter withholds the replies. Change the filter's settings, or take "
             "another server or model";
    case MisfitLook::prose:
      return model.json_schema
                 ? "The replies hold no JSON, although a schema was asked for: the server ignores it, or the "
                   "model is too weak to follow it. Take a server that honours response_format, or another "
                   "model as judge"
                 : "The replies hold no JSON, and no schema was sent: set `json_schema: true` for the model "
                   "where its server can honour it, or take another model as judge";
    case MisfitLook::other_form:
      return model.json_schema
                 ? "The replies are not of the form that was asked for. Look at the prompt "
                   "(`recon prompt try`), or take another model"
                 : "The replies are not of the form that was asked for. Set `json_schema: true` "
                   "for the model where its server can honour it, look at the prompt (`recon "
                   "prompt try`), or take another model";
    case MisfitLook::refused:
      return "The server refuses the requests. Its own reason says what it does not take: a name of a model, "
             "a parameter (sampling, extra_body, json_schema) or a form of messages";
    case MisfitLook::too_long:
      return "The prompts do not fit into the model's window. Lower context_tokens, "
             "generate.example_context_tokens, retrieve.k or max_tokens, or take a model with a larger "
             "window";
    case MisfitLook::unreadable:
      return "The server's replies are not of the form of an OpenAI-compatible server. Look at base_url";
    case MisfitLook::unsupported:
      return "The server can't do what the stage wants of it. Take another model";
  }
  return {};
}

}  // namespace

bool tells_of_misfit(Failure::Kind kind) { return look_of(kind).has_value(); }

MisfitLook look_of(const Question& question, const ChatAnswer& answer) {
  const std::string_view text = trim(answer.text);
  const bool thinks = !trim(answer.reasoning).empty();
  switch (answer.finish) {
    case Finish::declined:
      return MisfitLook::declined;
    case Finish::content_filter:
      return MisfitLook::filtered;
    case Finish::length:
      return text.empty() && thinks ? MisfitLook::cut_while_thinking : MisfitLook::cut;
    case Finish::stop:
    case Finish::other:
      break;
  }
  if (text.empty()) return thinks ? MisfitLook::answer_in_thinking : MisfitLook::empty;
  const bool wants_json = match(
      question.request, [](const ChatRequest& chat) { return chat.reply_schema.has_value(); },
      [](const ScoreRequest&) { return false; }, [](const EmbedRequest&) { return false; });
  const bool has_json = text.find_first_of("{[") != std::string_view::npos;
  return wants_json && !has_json ? MisfitLook::prose : MisfitLook::other_form;
}

void MisfitWatch::see(MisfitLook look, Failure::Kind kind, std::string why, const std::string& shown) {
  Seen& seen = seen_.at(static_cast<std::size_t>(look));
  ++seen.count;
  seen.kind = kind;
  seen.why = std::move(why);
  if (!shown.empty()) seen.shown = short_line(shown, most_quoted);
}

void MisfitWatch::unusable(const Question& question, const Answer& answer, const std::string& why) {
  ++replies_;
  const auto see_other_form = [&] { see(MisfitLook::other_form, Failure::Kind::unusable, why, ""); };
  match(
      answer,
      [&](const ChatAnswer& chat) {
        see(look_of(question, chat), kind_of_unusable(answer), why,
            trim(chat.text).empty() ? chat.reasoning : chat.text);
      },
      [&](const ScoreAnswer&) { see_other_form(); }, [&](const EmbedAnswer&) { see_other_form(); });
}

void MisfitWatch::failed(const Failure& failure, bool paid) {
  const auto look = look_of(failure.kind);
  if (!look) return;
  replies_ += paid ? 1 : 0;
  see(*look, failure.kind, failure.message, failure.raw);
}

void MisfitWatch::record_ended(bool answered, const Failure* failure) {
  if (answered) {
    any_usable_ = true;
  } else if (failure == nullptr || !look_of(failure->kind)) {
    return;
  } else {
    ++records_without_;
  }
  ++records_;
}

std::optional<std::string> MisfitWatch::why_hopeless(const std::string& stage,
                                                     const ModelConfig& model) const {
  const bool never = !any_usable_ && (records_without_ >= limits::records_without_any ||
                                      replies_ >= limits::replies_without_any);
  const bool seldom =
      records_ >= limits::fewest_records &&
      static_cast<double>(records_without_) > limits::records_without * static_cast<double>(records_);
  if (!never && !seldom) return std::nullopt;
  const std::string count =
      seldom ? fmt::format("{} of {} records ended without a usable answer", records_without_, records_)
             : fmt::format("not one usable answer in {} {} and {} {}", replies_,
                           replies_ == 1 ? "reply" : "replies", records_without_,
                           records_without_ == 1 ? "record" : "records");
  return fmt::format("{}: model '{}': {}; the stage stops, so that no more is paid for. {}", stage,
                     model.name, count, what_it_looks_like(model));
}

std::string MisfitWatch::what_it_looks_like(const ModelConfig& model) const {
  const auto most = std::max_element(seen_.begin(), seen_.end(),
                                     [](const Seen& a, const Seen& b) { return a.count < b.count; });
  const auto look = static_cast<MisfitLook>(most - seen_.begin());
  std::string text;
  if (!most->shown.empty()) text = fmt::format("One of them: \"{}\". ", most->shown);
  text += fmt::format("{} ({}). ", advice(look, model), most->why);
  text += fmt::format(
      "What came is stored, and `recon failures` shows it. Where only the server was changed, `recon "
      "failures "
      "--retry {}` asks the same questions again; --keep-going goes on in spite of it",
      to_string(most->kind));
  return text;
}

}  // namespace recon
