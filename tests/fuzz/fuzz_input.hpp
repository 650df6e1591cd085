#pragma once

#include "recon/core/error.hpp"
#include "recon/records/records.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "session_line.hpp"

namespace recon::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process, as a sanitizer does, where a promise of the code is broken.
inline void expect(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// What every reader promises of a session that it gives out.
inline void check(const Session& session) {
  expect(!session.session_id.empty(), "a session has an id");
  expect(!session.domain.empty(), "a session has a domain");
  expect(session.date.empty() || session.date.size() == 10, "a date is a day or nothing");
  for (const Turn& turn : session.turns) {
    expect(!turn.author.empty(), "a turn has an author");
    expect(!turn.text.empty(), "a turn has words");
  }
  (void)session_line(session);  // throws where a text is no UTF-8: an exception that nobody catches
}

}  // namespace recon::fuzz
