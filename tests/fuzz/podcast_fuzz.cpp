#include "fuzz_input.hpp"
#include "podcast/episode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace recon;
  PodcastEpisode episode;
  try {
    episode = parse_podcast_episode(fuzz::text_of(data, size), "episode");
  } catch (const RunError&) {
    return 0;
  }
  fuzz::check(episode.session);
  return 0;
}
