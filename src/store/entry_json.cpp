#include "recon/core/error.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "answer.hpp"
#include "entry.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

/// The fields of an object, each looked at by its name.
class Fields {
 public:
  Fields(const Json& object, std::string_view where, std::initializer_list<std::string_view> known)
      : object_(object), where_(where) {
    if (!object.is_object())
      throw RunError(fmt::format("{}: found {}, expected an object", where, object.type_name()));
    for (const auto& [name, value] : object.items()) {
      if (std::find(known.begin(), known.end(), name) == known.end())
        throw RunError(fmt::format("{}: unknown field '{}'; was it written by a newer recon?", where, name));
    }
  }
  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  [[nodiscard]] const Json& at(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) throw RunError(fmt::format("{}: field '{}' is missing", where_, name));
    return *found;
  }
  [[nodiscard]] std::string text(const char* name) const {
    const Json& found = at(name);
    if (!found.is_string()) wrong(name, "a string");
    return found.get<std::string>();
  }
  /// At least 0.
  template <class Integer>
  [[nodiscard]] Integer number(const char* name) const {
    const Json& found = at(name);
    if (!found.is_number_unsigned() || !std::in_range<Integer>(found.get<std::uint64_t>()))
      wrong(name, "a whole number of at least 0");
    return found.get<Integer>();
  }
  [[nodiscard]] double amount(const char* name) const {
    const Json& found = at(name);
    if (!found.is_number()) wrong(name, "a number");
    return found.get<double>();
  }
  [[nodiscard]] bool flag(const char* name) const {
    const Json& found = at(name);
    if (!found.is_boolean()) wrong(name, "true or false");
    return found.get<bool>();
  }
  [[nodiscard]] const Json& list(const char* name) const {
    const Json& found = at(name);
    if (!found.is_array()) wrong(name, "an array");
    return found;
  }
  /// As the store writes it: 2026-11-20T15:58:42.744Z.
  [[nodiscard]] std::string time(const char* name) const {
    constexpr std::string_view pattern = "dddd-dd-ddTdd:dd:dd.dddZ";
    const std::string found = text(name);
    const bool fits =
        std::equal(found.begin(), found.end(), pattern.begin(), pattern.end(), [](char byte, char expected) {
          return expected == 'd' ? byte >= '0' && byte <= '9' : byte == expected;
        });
    if (!fits) wrong(name, "a time such as 2026-11-20T15:58:42.744Z");
    return found;
  }

 private:
  const Json& object_;
  std::string_view where_;
  [[noreturn]] void wrong(const char* name, std::string_view expected) const {
    throw RunError(fmt::format("{}: field '{}': found {}, expected {}", where_, name,
                               stored_text(at(name)).substr(0, 100), expected));
  }
};

StoreWriter::Question asked_from(const Fields& fields, const Digest& question) {
  StoreWriter::Question asked;
  asked.digest = question;
  asked.identity = fields.text("identity");
  asked.purpose = fields.text("purpose");
  asked.seed = fields.number<std::uint64_t>("seed");
  asked.replicate = fields.number<int>("replicate");
  asked.record = fields.text("record");
  asked.parts = stored_text(fields.at("parts"));
  return asked;
}

StoreEntry::KeptAnswer answer_from(const Json& value) {
  const Fields fields(value, "answers", {"sample", "created", "answer"});
  const Json& answer = fields.at("answer");
  static_cast<void>(answer_from_json(answer));  // or it says what is wrong
  return {fields.number<int>("sample"), stored_text(answer), fields.time("created")};
}

StoreEntry::KeptFailure failure_from(const Json& value) {
  const Fields fields(value, "failures", {"kind", "message", "raw", "created"});
  const std::string kind = fields.text("kind");
  const auto known = failure_kind_from(kind);
  if (!known) throw RunError(fmt::format("failures: unknown kind '{}'", kind));
  return {Failure{*known, fields.text("message"), fields.text("raw")}, fields.time("created")};
}

StoredCall call_from(const Json& value) {
  const Fields fields(
      value, "calls",
      {"prompt_tokens", "cached", "completion", "reasoning", "run", "model", "usd", "assumed", "created"});
  StoredCall call;
  call.usage = {.prompt = fields.number<std::int64_t>("prompt_tokens"),
                .cached = fields.number<std::int64_t>("cached"),
                .completion = fields.number<std::int64_t>("completion"),
                .reasoning = fields.number<std::int64_t>("reasoning")};
  call.created = fields.time("created");
  if (fields.has("run")) {
    call.spending =
        Spending{fields.text("run"), fields.text("model"), fields.amount("usd"), fields.flag("assumed")};
  }
  return call;
}

Json call_json(const StoredCall& call) {
  Json value = {{"prompt_tokens", call.usage.prompt},
                {"cached", call.usage.cached},
                {"completion", call.usage.completion},
                {"reasoning", call.usage.reasoning}};
  if (call.spending) {
    value["run"] = call.spending->run;
    value["model"] = call.spending->model;
    value["usd"] = call.spending->usd;
    value["assumed"] = call.spending->assumed;
  }
  value["created"] = call.created.value_or(std::string());
  return value;
}

}  // namespace

Json StoreEntry::to_json() const {
  Json value = {{"question", question.hex()}};
  if (asked) {
    value["identity"] = asked->identity;
    value["purpose"] = asked->purpose;
    value["seed"] = asked->seed;
    value["replicate"] = asked->replicate;
    value["record"] = asked->record;
    value["parts"] = Json::parse(asked->parts);
  }
  value["answers"] = Json::array();
  for (const KeptAnswer& answer : answers) {
    value["answers"].push_back(
        {{"sample", answer.sample}, {"created", answer.created}, {"answer", Json::parse(answer.text)}});
  }
  value["failures"] = Json::array();
  for (const auto& [failure, created] : failures) {
    value["failures"].push_back({{"kind", to_string(failure.kind)},
                                 {"message", failure.message},
                                 {"raw", failure.raw},
                                 {"created", created}});
  }
  value["calls"] = Json::array();
  for (const StoredCall& call : calls) value["calls"].push_back(call_json(call));
  value["retries"] = retries;
  return value;
}

StoreEntry StoreEntry::from_json(const Json& value) {
  const Fields fields(value, "a question of a store",
                      {"question", "identity", "purpose", "seed", "replicate", "record", "parts", "answers",
                       "failures", "calls", "retries"});
  StoreEntry entry;
  entry.question = Digest::from_hex(fields.text("question"));
  if (fields.has("identity")) entry.asked = asked_from(fields, entry.question);
  for (const Json& answer : fields.list("answers")) entry.answers.push_back(answer_from(answer));
  for (const Json& failure : fields.list("failures")) entry.failures.push_back(failure_from(failure));
  for (const Json& call : fields.list("calls")) entry.calls.push_back(call_from(call));
  entry.retries = fields.number<int>("retries");
  return entry;
}

}  // namespace recon
