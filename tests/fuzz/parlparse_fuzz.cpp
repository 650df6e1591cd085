#include "fuzz_input.hpp"
#include "pmq/parlparse_sitting.hpp"
#include "pmq/sitting.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  PmqOutcome outcome;
  try {
    outcome =
        make_pmq_session("2016-05-11", parse_parlparse_sitting(fuzz::text_of(data, size), "2016-05-11"), {});
  } catch (const RunError&) {
    return 0;
  }
  if (outcome.session) fuzz::check(*outcome.session);
  return 0;
}
