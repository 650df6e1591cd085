#pragma once

#include "recon/records/records.hpp"
#include "recon/sources/html.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace recon {

/// The title of a podcast's transcript, taken apart.
struct EpisodeTitle {
  std::string title;          ///< the episode's own, without the show's name and the number
  std::optional<int> number;  ///< of the episode
};

/// Understands "Transcript for TITLE | SHOW #418", "The NAME Show Transcripts: TITLE (#669)" and "#525:
/// TITLE", with the spaces around words as they come. A "#1" anywhere else is no number of an episode.
[[nodiscard]] EpisodeTitle parse_episode_title(std::string_view text);

/// The title that a page shows above its article, or else gives in its head, without the site's name.
[[nodiscard]] std::string page_title(HtmlNode root);

/// The day a page was published: as the page shows it, or else as its head gives it (there in universal time,
/// which may be a day later); empty where it gives none.
[[nodiscard]] std::string page_date(HtmlNode root);

/// "lex-0418" by the number, or else "lex-" and the words of the title or of the file's name, in lower case.
[[nodiscard]] SessionId episode_id(std::string_view show, const EpisodeTitle& title,
                                   std::string_view file_stem);

}  // namespace recon
