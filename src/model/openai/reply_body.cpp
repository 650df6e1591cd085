#include "reply_body.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "framed_json.hpp"
#include "reply_json.hpp"

namespace recon {
namespace {

/// True for a piece of a reply, as event streams carry them.
bool is_chunk(const Json& document) {
  const Json& choices = at(document, "choices");
  return choices.is_array() && std::any_of(choices.begin(), choices.end(), [](const Json& choice) {
           return !at(choice, "delta").is_null() && at(choice, "message").is_null();
         });
}

/// Appends what `piece` brings to what is there: texts and lists grow, other values are replaced.
void append(Json& whole, const Json& piece) {
  if (piece.is_null()) return;
  if (whole.is_string() && piece.is_string()) {
    whole.get_ref<std::string&>() += piece.get_ref<const std::string&>();
  } else if (whole.is_array() && piece.is_array()) {
    whole.insert(whole.end(), piece.begin(), piece.end());
  } else if (whole.is_array() || (piece.is_array() && whole.is_string())) {
    // A list of parts and plain text in turn: both as parts.
    Json parts = whole.is_array() ? std::move(whole) : Json::array({std::move(whole)});
    const Json added = piece.is_array() ? piece : Json::array({piece});
    parts.insert(parts.end(), added.begin(), added.end());
    whole = std::move(parts);
  } else if (whole.is_object() && piece.is_object()) {
    for (const auto& [key, value] : piece.items()) append(whole[key], value);
  } else {
    whole = piece;
  }
}

bool says_something(const Json& value) {
  return !value.is_null() && !(value.is_string() && value.get_ref<const std::string&>().empty());
}

/// One reply of several documents.
class Assembly {
 public:
  void add(const Json& document) {
    if (!document.is_object()) return;
    for (const auto& [key, value] : document.items()) {
      if (key == "choices") {
        add_choices(value);
      } else if (key == "usage") {
        // Chunks tell it again and again, the last one for all of them.
        if (value.is_object()) reply_["usage"].update(value);
      } else if (says_something(value) && !says_something(at(reply_, key.c_str()))) {
        reply_[key] = value;
      }
    }
  }

  /// What stands in the reply; nullopt where the documents contradict each other.
  std::optional<Json> finish(bool is_done) {
    if (contradicts_) return std::nullopt;
    if (has_choices_) reply_["choices"] = Json::array();
    for (auto& [index, choice] : choices_) {
      const bool is_broken_off =
          choice.is_streamed && !is_done && !says_something(at(choice.json, "finish_reason"));
      if (is_broken_off && !says_something(at(choice.json, "error")))
        choice.json["error"] = {{"message", "the event stream ends before the reply does"}};
      reply_["choices"].push_back(std::move(choice.json));
    }
    return std::move(reply_);
  }

 private:
  struct Choice {
    Json json = Json::object();
    bool is_streamed = false;
  };
  Json reply_ = Json::object();
  std::map<std::int64_t, Choice> choices_;
  bool has_choices_ = false;
  bool contradicts_ = false;

  void add_choices(const Json& choices) {
    if (!choices.is_array()) return;
    has_choices_ = true;
    std::int64_t place = 0;
    for (const Json& piece : choices) {
      const Json& index = at(piece, "index");
      add_choice(choices_[index.is_number_integer() ? index.get<std::int64_t>() : place], piece);
      ++place;
    }
  }

  void add_choice(Choice& choice, const Json& piece) {
    if (!piece.is_object()) return;
    for (const auto& [key, value] : piece.items()) {
      if (key == "delta" && at(piece, "message").is_null()) {
        choice.is_streamed = true;
        add_delta(choice.json["message"], value);
      } else if (key == "message") {
        take_whole(choice.json["message"], value);
      } else if (key == "text" || key == "logprobs") {
        append(choice.json[key], value);
      } else if (key != "delta" && says_something(value)) {
        choice.json[key] = value;
      }
    }
  }

  static void add_delta(Json& message, const Json& delta) {
    if (!message.is_object()) message = Json::object();
    if (!delta.is_object()) return;
    for (const auto& [key, value] : delta.items()) {
      const bool grows = value.is_string() || value.is_array();
      if (key != "role" && grows) {
        append(message[key], value);
      } else if (!value.is_null()) {
        message[key] = value;
      }
    }
  }

  /// A whole message where one may stand already: the same again, or the same and more of it.
  void take_whole(Json& message, const Json& whole) {
    if (!whole.is_object()) return;
    const Json& before = at(message, "content");
    const Json& now = at(whole, "content");
    if (says_something(before)) {
      if (!says_something(now)) return;
      const bool goes_on =
          before.is_string() && now.is_string() &&
          now.get_ref<const std::string&>().starts_with(before.get_ref<const std::string&>());
      if (!goes_on && before != now) contradicts_ = true;
    }
    message = whole;
  }
};

std::variant<ReplyBody, UnreadableBody> put_together(LooseDocuments found) {
  // Some servers send the chunks of a stream as one list.
  if (found.documents.size() == 1 && found.documents.front().is_array()) {
    Json list = std::move(found.documents.front());
    const bool is_list = !list.empty() && std::all_of(list.begin(), list.end(),
                                                      [](const Json& entry) { return entry.is_object(); });
    if (!is_list) return ReplyBody{std::move(list), found.repaired};
    found.documents.assign(list.begin(), list.end());
    ++found.repaired;
  }
  if (found.documents.empty()) return UnreadableBody{"the server's reply is an event stream without a reply"};
  if (found.documents.size() == 1 && !is_chunk(found.documents.front()))
    return ReplyBody{std::move(found.documents.front()), found.repaired};
  Assembly assembly;
  for (const Json& document : found.documents) assembly.add(document);
  auto whole = assembly.finish(found.is_done);
  if (!whole) return UnreadableBody{"the server's reply holds two replies that contradict each other"};
  return ReplyBody{std::move(*whole), std::max<std::int64_t>(found.repaired, 1)};
}

/// The reply within a wrapper of a gateway, `{"result": {"choices": ...}}`; null where there is none.
const Json* wrapped_reply(const Json& reply) {
  if (!reply.is_object() || reply.contains("choices") || reply.contains("error")) return nullptr;
  const Json* found = nullptr;
  for (const Json& member : reply) {
    if (!at(member, "choices").is_array()) continue;
    if (found != nullptr) return nullptr;
    found = &member;
  }
  return found;
}

std::variant<ReplyBody, UnreadableBody> read_framed(const std::string& body) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (auto clean = parse_reply_json(body)) {
    const std::int64_t marks = body.starts_with(byte_order_mark) ? 1 : 0;
    if (!clean->is_array() && !is_chunk(*clean)) return ReplyBody{std::move(*clean), marks};
    LooseDocuments one;
    one.documents.push_back(std::move(*clean));
    return put_together(std::move(one));
  }
  auto found = read_loosely(body);
  if (!found || (found->documents.empty() && !found->is_done))
    return UnreadableBody{"the server's reply is not valid JSON"};
  return put_together(std::move(*found));
}

}  // namespace

std::variant<ReplyBody, UnreadableBody> read_reply_body(const std::string& body) {
  auto read = read_framed(body);
  auto* reply = std::get_if<ReplyBody>(&read);
  // JSON as a text within JSON.
  if (reply != nullptr && reply->json.is_string()) {
    const std::int64_t repaired = reply->repaired + 1;
    read = read_framed(reply->json.get<std::string>());
    reply = std::get_if<ReplyBody>(&read);
    if (reply != nullptr) reply->repaired += repaired;
  }
  if (reply == nullptr) return read;
  if (const Json* wrapped = wrapped_reply(reply->json)) {
    Json inner = *wrapped;
    if (!inner.contains("usage") && reply->json.contains("usage")) inner["usage"] = reply->json["usage"];
    reply->json = std::move(inner);
    ++reply->repaired;
  }
  return read;
}

}  // namespace recon
