#include "recon/model/request.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json_text.hpp"
#include "recon/core/text.hpp"
#include "recon/core/visit.hpp"
#include "recon/model/thinking.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::array<std::pair<Failure::Kind, const char*>, 14> failure_kinds{{
    {Failure::Kind::transport, "transport"},
    {Failure::Kind::timeout, "timeout"},
    {Failure::Kind::server, "server"},
    {Failure::Kind::refused, "refused"},
    {Failure::Kind::unauthorized, "unauthorized"},
    {Failure::Kind::quota, "quota"},
    {Failure::Kind::malformed, "malformed"},
    {Failure::Kind::too_long, "too_long"},
    {Failure::Kind::unusable, "unusable"},
    {Failure::Kind::truncated, "truncated"},
    {Failure::Kind::declined, "declined"},
    {Failure::Kind::filtered, "filtered"},
    {Failure::Kind::unsupported, "unsupported"},
    {Failure::Kind::stopped, "stopped"},
}};

constexpr std::array<std::pair<Finish, const char*>, 5> finishes{{
    {Finish::stop, "stop"},
    {Finish::length, "length"},
    {Finish::content_filter, "content_filter"},
    {Finish::declined, "declined"},
    {Finish::other, "other"},
}};

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < taken ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(k <= taken ? base64_alphabet[(group >> (18 - 6 * k)) & 63U] : '=');
    }
  }
  return text;
}

std::string from_base64(std::string_view text) {
  if (text.size() % 4 != 0) throw RunError("base64 text whose length is no multiple of 4");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      const std::size_t digit = base64_alphabet.find(c);
      const bool pads = c == '=' && i + 4 == text.size() && k >= 2;
      if ((digit == std::string_view::npos && !pads) || (padding > 0 && !pads)) {
        throw RunError(fmt::format("wrong base64 text at byte {}", i + k));
      }
      if (pads) ++padding;
      group = (group << 6) | (pads ? 0U : static_cast<std::uint32_t>(digit));
    }
    for (std::size_t k = 0; k + padding < 3; ++k)
      bytes.push_back(static_cast<char>((group >> (16 - 8 * k)) & 255U));
  }
  return bytes;
}

std::string floats_to_bytes(const std::vector<float>& values) {
  std::string bytes;
  bytes.reserve(values.size() * 4);
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<char>((bits >> shift) & 255U));
  }
  return bytes;
}

std::vector<float> floats_from_bytes(std::string_view bytes) {
  if (bytes.size() % 4 != 0) throw RunError("a stored embedding whose length is no multiple of 4 bytes");
  std::vector<float> values;
  values.reserve(bytes.size() / 4);
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k)
      bits |= std::uint32_t{static_cast<std::uint8_t>(bytes[i + k])} << (8 * k);
    values.push_back(std::bit_cast<float>(bits));
  }
  return values;
}

Json messages_json(const std::vector<Message>& messages) {
  Json list = Json::array();
  for (const Message& message : messages) {
    list.push_back({{"role", to_string(message.role)}, {"content", message.content}});
  }
  return list;
}

Json sampling_json(const Sampling& sampling) {
  Json value = Json::object();
  if (sampling.temperature) value["temperature"] = *sampling.temperature;
  if (sampling.top_p) value["top_p"] = *sampling.top_p;
  if (sampling.top_k) value["top_k"] = *sampling.top_k;
  if (sampling.max_tokens) value["max_tokens"] = *sampling.max_tokens;
  return value;
}

/// Writes canonical JSON: keys sorted, which the callers see to. Remembers whether something could not be
/// written.
class CanonicalWriter {
 public:
  void raw(std::string_view json) { text_ += json; }
  void string(std::string_view value) { good_ = append_json_string(text_, value) && good_; }
  void messages(const std::vector<Message>& messages) {
    raw("\"messages\":[");
    for (const Message& message : messages) {
      raw(&message == messages.data() ? "{\"content\":" : ",{\"content\":");
      string(message.content);
      raw(",\"role\":\"");
      raw(to_string(message.role));
      raw("\"}");
    }
    raw("]");
  }
  void sampling(const Sampling& sampling) {
    raw("\"sampling\":{");
    first_ = true;
    if (sampling.max_tokens) append_json_integer(named("max_tokens"), *sampling.max_tokens);
    if (sampling.temperature) number("temperature", *sampling.temperature);
    if (sampling.top_k) append_json_integer(named("top_k"), *sampling.top_k);
    if (sampling.top_p) number("top_p", *sampling.top_p);
    raw("}");
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  [[nodiscard]] std::optional<std::string> finish() {
    return good_ ? std::optional(std::move(text_)) : std::nullopt;
  }

 private:
  std::string text_;
  bool good_ = true;
  bool first_ = true;

  std::string& named(std::string_view name) {
    raw(first_ ? "\"" : ",\"");
    raw(name);
    raw("\":");
    first_ = false;
    return text_;
  }
  void number(std::string_view name, double value) {
    good_ = append_json_number(named(name), value) && good_;
  }
};

std::size_t bytes_of(const std::vector<Message>& messages) {
  std::size_t bytes = 0;
  for (const Message& message : messages) bytes += message.content.size();
  return bytes + bytes / 16 + 256;
}

void write_canonically(CanonicalWriter& writer, const ChatRequest& request) {
  writer.reserve(bytes_of(request.messages));
  writer.raw("{\"extra_body\":");
  writer.raw(request.extra_body.is_object() && request.extra_body.empty()
                 ? "{}"
                 : canonical_json(request.extra_body));
  writer.raw(",\"kind\":\"chat\",");
  writer.messages(request.messages);
  if (request.reply_schema) {
    writer.raw(",\"reply_schema\":");
    writer.raw(request.reply_schema->text());
  }
  writer.raw(",");
  writer.sampling(request.sampling);
  writer.raw("}");
}

void write_canonically(CanonicalWriter& writer, const ScoreRequest& request) {
  writer.reserve(bytes_of(request.messages) + request.continuation.size());
  writer.raw("{\"continuation\":");
  writer.string(request.continuation);
  writer.raw(",\"kind\":\"score\",");
  writer.messages(request.messages);
  writer.raw("}");
}

void write_canonically(CanonicalWriter& writer, const EmbedRequest& request) {
  writer.raw("{\"kind\":\"embed\",\"text\":");
  writer.string(request.text);
  writer.raw("}");
}

/// A field of a stored answer, or RunError saying what is wrong with it.
template <class Value>
Value field(const Json& object, const char* name, bool (Json::*has_type)() const noexcept) {
  const auto found = object.find(name);
  if (found == object.end() || !((*found).*has_type)()) {
    throw RunError(
        fmt::format("a stored answer without a right '{}': {}", name, object.dump().substr(0, 200)));
  }
  return found->template get<Value>();
}

std::string string_field(const Json& object, const char* name) {
  return field<std::string>(object, name, &Json::is_string);
}

Finish finish_from(const std::string& name) {
  for (const auto& [finish, known] : finishes) {
    if (name == known) return finish;
  }
  throw RunError(fmt::format("a stored answer with the unknown finish '{}'", name));
}

const char* finish_name(Finish finish) {
  for (const auto& [known, name] : finishes) {
    if (finish == known) return name;
  }
  return "other";
}

}  // namespace

const char* to_string(Role role) {
  switch (role) {
    case Role::system:
      return "system";
    case Role::user:
      return "user";
    case Role::assistant:
      return "assistant";
  }
  return "user";
}

ReplySchema::ReplySchema(Json schema) {
  std::string text = canonical_json(schema);
  shared_ = std::make_shared<const Shared>(Shared{std::move(schema), std::move(text)});
}

Json semantic_json(const Request& request) {
  return match(
      request,
      [](const ChatRequest& chat) {
        Json value = {{"kind", "chat"},
                      {"messages", messages_json(chat.messages)},
                      {"sampling", sampling_json(chat.sampling)},
                      {"extra_body", chat.extra_body}};
        if (chat.reply_schema) value["reply_schema"] = chat.reply_schema->json();
        return value;
      },
      [](const ScoreRequest& score) {
        return Json{{"kind", "score"},
                    {"messages", messages_json(score.messages)},
                    {"continuation", score.continuation}};
      },
      [](const EmbedRequest& embed) {
        return Json{{"kind", "embed"}, {"text", embed.text}};
      });
}

std::string canonical_request(const Request& request) {
  CanonicalWriter writer;
  std::visit([&](const auto& kind) { write_canonically(writer, kind); }, request);
  if (auto text = writer.finish()) return std::move(*text);
  return canonical_json(semantic_json(request));  // says what is wrong with it
}

Usage& Usage::operator+=(const Usage& other) {
  prompt += other.prompt;
  cached += other.cached;
  completion += other.completion;
  reasoning += other.reasoning;
  return *this;
}

Json answer_to_json(const Answer& answer) {
  return match(
      answer,
      [](const ChatAnswer& chat) {
        Json value = {{"kind", "chat"},
                      {"text", chat.text},
                      {"reasoning", chat.reasoning},
                      {"finish", finish_name(chat.finish)}};
        if (!chat.finish_reason.empty()) value["finish_reason"] = chat.finish_reason;
        for (const auto& [name, member] : answer_counts) {
          if (chat.*member != 0) value[name] = chat.*member;
        }
        return value;
      },
      [](const ScoreAnswer& score) {
        // JSON has no infinity; writing null would turn a broken score into a missing one.
        if (!std::isfinite(score.log_probability)) throw RunError("a log-probability that is not finite");
        return Json{{"kind", "score"}, {"log_probability", score.log_probability}, {"tokens", score.tokens}};
      },
      [](const EmbedAnswer& embedding) {
        return Json{{"kind", "embed"}, {"float32", to_base64(floats_to_bytes(embedding.vector))}};
      });
}

Answer answer_from_json(const Json& value) {
  if (!value.is_object()) throw RunError("a stored answer that is no JSON object");
  const std::string kind = string_field(value, "kind");
  if (kind == "chat") {
    ChatAnswer answer{string_field(value, "text"), string_field(value, "reasoning"),
                      finish_from(string_field(value, "finish"))};
    if (value.contains("finish_reason")) answer.finish_reason = string_field(value, "finish_reason");
    for (const auto& [name, member] : answer_counts) {
      if (value.contains(name)) answer.*member = field<std::int64_t>(value, name, &Json::is_number_integer);
    }
    return answer;
  }
  if (kind == "score") {
    return ScoreAnswer{field<double>(value, "log_probability", &Json::is_number),
                       field<std::int64_t>(value, "tokens", &Json::is_number_integer)};
  }
  if (kind == "embed") return EmbedAnswer{floats_from_bytes(from_base64(string_field(value, "float32")))};
  throw RunError(fmt::format("a stored answer of the unknown kind '{}'", kind));
}

ChatAnswer chat_answer_from_text(std::string text, Finish finish) {
  SpokenText spoken = split_thinking(std::move(text));
  return {std::move(spoken.text), std::move(spoken.thinking), finish};
}

const char* to_string(Failure::Kind kind) {
  for (const auto& [known, name] : failure_kinds) {
    if (kind == known) return name;
  }
  return "transport";
}

std::optional<Failure::Kind> failure_kind_from(std::string_view name) {
  for (const auto& [kind, known] : failure_kinds) {
    if (name == known) return kind;
  }
  return std::nullopt;
}

}  // namespace recon
