#include "recon/core/text.hpp"
#include "recon/ingest/pseudonyms.hpp"

#include "fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view name = text.substr(0, text.find('\n'));
  const std::string_view rest = text.substr(std::min(text.size(), name.size() + 1));
  const std::vector<std::string> authors = {std::string(name), "Ann99", "Ada Wren"};
  const Mentions nobody(authors, [](std::string_view) { return std::nullopt; });
  fuzz::expect(nobody.replaced_in(rest) == rest, "a text in which nobody is renamed stays as it is");
  const Mentions everybody(authors, [](std::string_view who) { return pseudonym_of(who); });
  const std::string all = everybody.replaced_in(rest);
  fuzz::expect(invalid_utf8_at(rest).has_value() || !invalid_utf8_at(all).has_value(),
               "valid text stays valid");
  return 0;
}
