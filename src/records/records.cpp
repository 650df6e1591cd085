#include "recon/records/records.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"

#include <array>

#include "field_json.hpp"
#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::array<const char*, 3> record_fault_names = {"unknown", "unreadable", "missing_input"};

/// Earlier versions kept the key of what was rejected as a text.
constexpr const char* earlier_key = "key";
constexpr const char* earlier_error = "error";

}  // namespace

const char* to_string(Split split) { return field_json::word_of(split); }
const char* to_string(Outcome outcome) { return field_json::word_of(outcome); }

Session Session::from_json(const Json& value) {
  auto session = field_json::read_record<Session>(value);
  if (session.session_id.empty()) throw RunError("field 'session_id' is empty");
  if (session.group.empty()) session.group = GroupId(session.session_id.str());
  return session;
}

Json Session::to_json() const { return field_json::record_json(*this); }
bool Session::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Pair Pair::from_json(const Json& value) { return field_json::read_record<Pair>(value); }
Json Pair::to_json() const { return field_json::record_json(*this); }
bool Pair::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Neighbors Neighbors::from_json(const Json& value) { return field_json::read_record<Neighbors>(value); }
Json Neighbors::to_json() const { return field_json::record_json(*this); }
bool Neighbors::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Candidate Candidate::from_json(const Json& value) { return field_json::read_record<Candidate>(value); }
Json Candidate::to_json() const { return field_json::record_json(*this); }
bool Candidate::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Reconstruction Reconstruction::from_json(const Json& value) {
  return field_json::read_record<Reconstruction>(value);
}
Json Reconstruction::to_json() const { return field_json::record_json(*this); }
bool Reconstruction::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Judgment Judgment::from_json(const Json& value) { return field_json::read_record<Judgment>(value); }
Json Judgment::to_json() const { return field_json::record_json(*this); }
bool Judgment::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Trace Trace::from_json(const Json& value) { return field_json::read_record<Trace>(value); }
Json Trace::to_json() const { return field_json::record_json(*this); }
bool Trace::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Action Action::from_json(const Json& value) { return field_json::read_record<Action>(value); }
Json Action::to_json() const { return field_json::record_json(*this); }
bool Action::append_json(std::string& into) const { return field_json::append_record(into, *this); }

Verdict Verdict::from_json(const Json& value) { return field_json::read_record<Verdict>(value); }
Json Verdict::to_json() const { return field_json::record_json(*this); }
bool Verdict::append_json(std::string& into) const { return field_json::append_record(into, *this); }

const char* to_string(RecordFault fault) { return record_fault_names.at(static_cast<std::size_t>(fault)); }

std::optional<RecordFault> record_fault_from(std::string_view name) {
  for (std::size_t i = 0; i < record_fault_names.size(); ++i) {
    if (name == record_fault_names.at(i)) return static_cast<RecordFault>(i);
  }
  return std::nullopt;
}

std::string Reject::describe() const {
  std::string text;
  for (const RejectCause& cause : causes)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", cause.kind, cause.message);
  return text;
}

Reject Reject::from_json(const Json& value) {
  Json line = value;
  if (const auto key = line.find(earlier_key); key != line.end() && !line.contains("subject")) {
    std::string text;
    field_json::read(*key, earlier_key, text);
    line["subject"] = field_json::record_json(Subject::from_text(text));
  }
  if (const auto error = line.find(earlier_error); error != line.end() && !line.contains("causes")) {
    std::string message;
    field_json::read(*error, earlier_error, message);
    line["causes"] = Json::array({{{"kind", to_string(RecordFault::unknown)}, {"message", message}}});
  }
  auto reject = field_json::read_record<Reject>(line);
  if (reject.causes.empty()) throw RunError("field 'causes': found none, expected one or more");
  return reject;
}
Json Reject::to_json() const { return field_json::record_json(*this); }
bool Reject::append_json(std::string& into) const { return field_json::append_record(into, *this); }

}  // namespace recon
