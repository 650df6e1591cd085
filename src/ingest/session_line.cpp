#include "session_line.hpp"

#include "recon/core/error.hpp"

#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

namespace recon {

namespace {

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& line, char c) {
  switch (c) {
    case '"':
      line += "\\\"";
      break;
    case '\\':
      line += "\\\\";
      break;
    case '\b':
      line += "\\b";
      break;
    case '\f':
      line += "\\f";
      break;
    case '\n':
      line += "\\n";
      break;
    case '\r':
      line += "\\r";
      break;
    case '\t':
      line += "\\t";
      break;
    default:
      line += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

void append_string(std::string& line, std::string_view text) {
  line += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    line += text.substr(begin, i - begin);
    append_escaped(line, text[i]);
    begin = i + 1;
  }
  line += text.substr(begin);
  line += '"';
}

void append_field(std::string& line, std::string_view name, std::string_view text) {
  line += name;
  append_string(line, text);
}

std::size_t bytes_of(const Session& session) {
  std::size_t bytes = 256 + session.title.size();
  for (const Turn& turn : session.turns)
    bytes += turn.author.size() + turn.text.size() + turn.text.size() / 16 + 64;
  return bytes;
}

}  // namespace

std::string session_line(const Session& session) {
  std::string line;
  line.reserve(bytes_of(session));
  append_field(line, R"({"session_id":)", session.session_id.str());
  append_field(line, R"(,"group":)", session.group.str());
  append_field(line, R"(,"domain":)", session.domain);
  append_field(line, R"(,"date":)", session.date);
  append_field(line, R"(,"title":)", session.title);
  line += R"(,"turns":[)";
  for (std::size_t i = 0; i < session.turns.size(); ++i) {
    const Turn& turn = session.turns[i];
    if (i > 0) line += ',';
    append_field(line, R"({"author":)", turn.author);
    append_field(line, R"(,"text":)", turn.text);
    if (!turn.id.empty()) append_field(line, R"(,"id":)", turn.id);
    line += '}';
  }
  line += "]}";
  if (!simdjson::validate_utf8(line.data(), line.size())) {
    throw RunError(fmt::format("session '{}' holds text that is no valid UTF-8", session.session_id.str()));
  }
  return line;
}

}  // namespace recon
