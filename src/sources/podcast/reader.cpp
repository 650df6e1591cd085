#include "recon/core/error.hpp"
#include "recon/sources/source_files.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "episode.hpp"
#include "file_form.hpp"
#include "readers.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// Whether a file may hold a transcript: by its ending, and not the notes that lie beside transcripts.
bool may_be_transcript(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 7> endings = {".htm", ".html", ".md", ".sbv",
                                                       ".srt", ".txt",  ".vtt"};
  const std::string ending = ascii_lower_case(file.extension().string());
  const std::string stem = ascii_lower_case(file.stem().string());
  return std::find(endings.begin(), endings.end(), ending) != endings.end() && stem != "readme" &&
         stem != "license";
}

/// A transcript by its ending, but in a form that is not read; what to call it, empty for other files.
std::string_view unread_form(const std::filesystem::path& file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> forms = {
      {{".ass", "an ASS subtitle file"},
       {".ssa", "an SSA subtitle file"},
       {".ttml", "a TTML subtitle file"},
       {".dfxp", "a TTML subtitle file"},
       {".smi", "a SAMI subtitle file"},
       {".sub", "a subtitle file"},
       {".lrc", "an LRC file"}}};
  const std::string ending = ascii_lower_case(file.extension().string());
  const auto* found =
      std::find_if(forms.begin(), forms.end(), [&](const auto& form) { return form.first == ending; });
  return found == forms.end() ? std::string_view() : found->second;
}

/// Real ones have less than one.
constexpr std::size_t most_mib = 16;

/// Reads the transcripts of a folder in the order of their ids. All files are read twice: first for the ids,
/// so that one episode in two files is found, then, one at a time, for the sessions.
class PodcastReader final : public CountingReader {
 public:
  explicit PodcastReader(const std::filesystem::path& path) {
    SourceFiles found = list_source_files(path);
    folder_ = std::move(found.root);
    for (const auto& [link, why] : found.refused) reject(file_key(link), why + "; it is not followed");
    std::size_t transcripts = 0;
    for (const std::filesystem::path& file : found.files) {
      if (!may_be_transcript(file)) {
        leave_out(file);
        continue;
      }
      ++transcripts;
      identify(file);
    }
    if (transcripts == 0) {
      throw RunError(fmt::format(
          "source '{}': no transcript (.html, .htm, .md, .txt, .srt, .vtt) in it or its subfolders; give "
          "source.path the folder "
          "of the saved transcripts",
          path.string()));
    }
    choose();
  }

  std::optional<Session> next() override {
    while (at_ < episodes_.size()) {
      const Entry& entry = episodes_[at_++];
      std::optional<PodcastEpisode> episode = read(entry.file);
      if (!episode) continue;
      if (episode->session.session_id != entry.id) {
        reject(file_key(entry.file),
               fmt::format("the file changed while it was read: it held '{}', now '{}'; run "
                           "again",
                           entry.id.str(), episode->session.session_id.str()));
        continue;
      }
      for (const auto& [reason, count] : episode->left_out) skip(reason, count);
      return std::move(episode->session);
    }
    return std::nullopt;
  }

 private:
  struct Entry {
    SessionId id;
    bool is_page = false;
    std::filesystem::path file;
  };
  std::filesystem::path folder_;
  std::vector<Entry> episodes_;
  std::size_t at_ = 0;

  void leave_out(const std::filesystem::path& file) {
    const std::string_view form = unread_form(file);
    const auto inside = name_inside_compressed(file);
    if (!form.empty()) {
      reject(file_key(file),
             fmt::format("{}, which is not read; give a transcript as text that says who speaks, as "
                         "'Name: words', or remove the file",
                         form));
    } else if (inside && may_be_transcript(*inside)) {
      reject(file_key(file), "a compressed transcript, which is not read; decompress it");
    } else {
      skip("other file");
    }
  }

  /// Nullopt for a file that is rejected.
  std::optional<PodcastEpisode> read(const std::filesystem::path& file) {
    stop_if_interrupted();
    std::string content;
    try {
      content = read_source_file(folder_ / file, most_mib);
      return parse_podcast_episode(content, file_key(file.stem()));
    } catch (const RunError& error) {
      reject(file_key(file), error.what(), content);
    }
    return std::nullopt;
  }

  void identify(const std::filesystem::path& file) {
    const std::optional<PodcastEpisode> episode = read(file);
    if (episode) episodes_.push_back({episode->session.session_id, episode->is_page, file});
  }

  /// Sorts by id and keeps one file of each episode: a page before a text. Two of one kind may differ, and
  /// nobody but the user can tell which is right.
  void choose() {
    std::stable_sort(episodes_.begin(), episodes_.end(), [](const Entry& a, const Entry& b) {
      return a.id != b.id ? a.id < b.id : a.is_page && !b.is_page;
    });
    std::vector<Entry> chosen;
    for (Entry& entry : episodes_) {
      if (chosen.empty() || chosen.back().id != entry.id) {
        chosen.push_back(std::move(entry));
      } else if (chosen.back().is_page && !entry.is_page) {
        skip("episode as text beside its page");
      } else {
        reject(file_key(entry.file), fmt::format("episode '{}' is in '{}' already; keep one of the two files",
                                                 entry.id.str(), file_key(chosen.back().file)));
      }
    }
    episodes_ = std::move(chosen);
  }
};

}  // namespace

SourceKind podcast_source() {
  return {"podcast",
          "a folder of saved transcripts of podcasts (.html, .md, .txt, .srt or .vtt)",
          "Lex Fridman Podcast: all rights reserved by lexfridman.com; The Tim Ferriss Show: all rights "
          "reserved, "
          "not to be republished, only short excerpts for non-commercial use; for research reading only",
          {"(?i)inaudible", "--", "——"},
          false,
          [](const SourceConfig& config, const std::vector<UserConfig>& /*users*/) {
            return std::unique_ptr<SessionReader>(std::make_unique<PodcastReader>(config.path));
          }};
}

}  // namespace recon
