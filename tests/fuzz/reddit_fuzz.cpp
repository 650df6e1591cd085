#include "fuzz_input.hpp"
#include "reddit/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  RedditParser parser;
  std::string_view text = fuzz::text_of(data, size);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    try {
      for (const RedditRecord& record : parser.parse(line).records) {
        fuzz::expect(!record.author.empty(), "a record has an author");
        fuzz::expect(reddit_id_number(reddit_id(record.name.id)) == record.name.id,
                     "ids survive a round trip");
      }
    } catch (const RunError&) {
      continue;
    }
  }
  return 0;
}
