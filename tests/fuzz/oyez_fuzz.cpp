#include "fuzz_input.hpp"
#include "oyez/hearing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  OyezParser parser;
  std::optional<Session> session;
  try {
    session = parser.parse(fuzz::text_of(data, size), "1970.12-t01").session;
  } catch (const RunError&) {
    return 0;
  }
  if (session) fuzz::check(*session);
  return 0;
}
