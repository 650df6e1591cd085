#include "fuzz_input.hpp"
#include "pmq/hansard_debate.hpp"
#include "pmq/sitting.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  PmqOutcome outcome;
  try {
    HansardFile file = parse_hansard_body(fuzz::text_of(data, size));
    std::vector<PmqSection> sections;
    for (HansardSection& section : file.sections) sections.push_back(std::move(section.section));
    outcome = make_pmq_session("2041-05-08", std::move(sections), {});
  } catch (const RunError&) {
    return 0;
  }
  if (outcome.session) fuzz::check(*outcome.session);
  return 0;
}
