#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/sources/source_files.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "file.hpp"
#include "podcast/text_lines.hpp"
#include "readers.hpp"
#include "record.hpp"
#include "store.hpp"
#include "text.hpp"
#include "threads.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

namespace fs = std::filesystem;

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// What a post or comment says.
std::string turn_text(const StoredTexts& texts) {
  if (texts.title.empty() || texts.text.empty()) return texts.title + texts.text;
  return texts.title + "\n\n" + texts.text;
}

/// Reads a source twice: the first time to find the posts under which a user comments, the second time to
/// put what belongs to those posts into a store on disk, from which each post's threads are then built.
class RedditReader final : public CountingReader {
 public:
  RedditReader(const SourceConfig& config, const std::vector<UserConfig>& users) : users_(users) {
    for (const std::string& name : config.subreddits) subreddits_.insert(ascii_lower_case(name));
    SourceFiles found = list_source_files(config.path);
    folder_ = found.root;
    for (const auto& [link, why] : found.refused) reject(file_key(link), why + "; it is not followed");
    const bool is_named = fs::is_regular_file(config.path);
    for (fs::path& file : found.files) sort_in(std::move(file), is_named);
    if (files_.empty()) {
      throw RunError(fmt::format(
          "source '{}': no file of comments and posts (*.jsonl, *.ndjson, *.json, each also .zst, or "
          "monthly dumps RC_*.zst and RS_*.zst) in it or its subfolders{}",
          config.path.string(), rejects().empty() ? "" : "; " + rejects().front().causes.front().message));
    }
  }

  std::optional<Session> next() override {
    if (!is_prepared_) {
      find_posts();
      store_posts();
      is_prepared_ = true;
    }
    while (!threads_ || at_ == threads_->ends().size()) {
      if (!open_next_post()) return std::nullopt;
    }
    return session_of(threads_->ends()[at_++]);
  }

  [[nodiscard]] std::vector<std::string> missing() const override {
    return {missing_.begin(), missing_.end()};
  }

 private:
  RedditUsers users_;
  std::set<std::string> subreddits_;  ///< in lower case; empty = all
  fs::path folder_;
  std::vector<fs::path> files_;
  std::vector<RedditFileCounts> counts_;  ///< of each file
  RedditParser parser_;
  bool is_prepared_ = false;

  std::vector<std::uint64_t> posts_;                          ///< wanted ones in byte order of their ids
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  ///< of each wanted post in that order
  RedditStore store_;

  std::optional<PostThreads> threads_;  ///< of the post that is given out
  std::uint64_t post_ = 0;
  std::size_t at_ = 0;
  std::set<std::string> missing_;

  void sort_in(fs::path file, bool is_named) {
    switch (reddit_file_form(file)) {
      case RedditFileForm::lines:
      case RedditFileForm::json:
        files_.push_back(std::move(file));
        break;
      case RedditFileForm::compressed_otherwise:
        reject(file_key(file),
               "compressed in a way that is not read; decompress it, or compress it with zstd");
        break;
      case RedditFileForm::other:
        if (is_named) {
          files_.push_back(std::move(file));
        } else {
          skip("other file");
        }
    }
  }

  /// The number of the user who wrote the record, where it is a comment in a wanted subreddit.
  [[nodiscard]] std::optional<std::uint32_t> user_of(const RedditRecord& record) const {
    if (record.name.kind != RedditKind::comment) return std::nullopt;
    const std::optional<std::uint32_t> user = users_.find(record.author);
    return user && is_wanted(record.subreddit) ? user : std::nullopt;
  }
  [[nodiscard]] bool is_wanted(std::string_view subreddit) const {
    return subreddits_.empty() || subreddits_.contains(ascii_lower_case(subreddit));
  }

  /// The first pass; whatever can't be read is said here.
  void find_posts() {
    std::unordered_set<std::uint64_t> wanted;
    RedditFileUse use;
    use.record = [&](const RedditRecord& record) {
      if (user_of(record)) {
        wanted.insert(record.post);
      } else if (record.name.kind == RedditKind::comment && users_.find(record.author)) {
        skip("user's comment in another subreddit");
      }
    };
    use.problem = [&](Subject place, const std::string& error, std::string_view raw) {
      reject(std::move(place), error, raw);
    };
    for (const fs::path& file : files_) {
      counts_.push_back(read_reddit_file(folder_ / file, file_key(file), parser_, use));
      if (counts_.back().records == 0 && counts_.back().problems == 0) skip("file without a record");
    }
    posts_.assign(wanted.begin(), wanted.end());
    std::sort(posts_.begin(), posts_.end(),
              [](std::uint64_t a, std::uint64_t b) { return reddit_id(a) < reddit_id(b); });
    for (const std::uint64_t post : posts_) {
      numbers_.emplace(post, static_cast<std::uint32_t>(numbers_.size()));
    }
  }

  /// The second pass.
  void store_posts() {
    if (posts_.empty()) return;
    RedditFileUse use;
    use.record = [&](const RedditRecord& record) {
      const auto number = numbers_.find(record.post);
      if (number != numbers_.end()) store(record, number->second);
    };
    use.problem = [](const Subject& /*place*/, const std::string& /*error*/, std::string_view /*raw*/) {
      // said in the first pass
    };
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const fs::path path = folder_ / files_[i];
      if (read_reddit_file(path, file_key(files_[i]), parser_, use) != counts_[i]) {
        throw RunError(fmt::format("{}: the file changed while it was read; run again", path.string()));
      }
    }
  }

  void store(const RedditRecord& record, std::uint32_t post) {
    ThreadEntry entry;
    entry.name = record.name;
    entry.parent = record.parent;
    entry.created = record.created;
    entry.post = post;
    entry.user = user_of(record).value_or(ThreadEntry::no_user);
    StoredTexts texts;
    texts.title = original_text(record.title);
    texts.text = original_text(record.text);
    const bool is_notice = is_removal_notice(texts.text);
    const bool is_empty = !has_words(turn_text(texts));
    entry.author_deleted =
        record.author_deleted || is_deletion_notice(texts.text) || is_deletion_notice(texts.title);
    entry.is_deleted = record.withdrawn || is_empty || is_notice;
    entry.has_removal_title = has_removal_notice(texts.title);
    if (entry.is_deleted) {
      // What was there is never given out, only that a user's own turn was: above a later one.
      texts.title.clear();
      if (is_notice) {
        texts.text = shown_notice(texts.text);
      } else {
        texts.text = entry.author_deleted || is_empty ? "[deleted]" : "[removed]";
      }
    }
    texts.author = record.author;
    entry.code_points = static_cast<std::uint32_t>(count_code_points(turn_text(texts)));
    store_.add(entry, texts);
  }

  [[nodiscard]] bool open_next_post() {
    at_ = 0;
    threads_.reset();
    std::vector<ThreadEntry> entries = store_.next_post();
    if (entries.empty()) return false;
    post_ = posts_[entries.front().post];
    threads_.emplace(std::move(entries), RedditName{RedditKind::post, post_}, users_);
    for (const auto& [reason, count] : threads_->skips()) skip(reason, count);
    for (const RedditName& name : threads_->missing()) missing_.insert(full_name(name));
    return true;
  }

  [[nodiscard]] Session session_of(std::size_t end) {
    const ThreadEntry& last = threads_->entry(end);
    const std::string post = reddit_id(post_);
    Session session;
    session.session_id = SessionId(fmt::format("{}-{}", post, reddit_id(last.name.id)));
    session.group = GroupId(post);
    session.domain = "reddit";
    if (last.created) session.date = utc_day(*last.created);
    for (const std::size_t index : threads_->thread(end)) {
      const ThreadEntry& entry = threads_->entry(index);
      StoredTexts texts = store_.texts(entry);
      Turn turn;
      turn.text = turn_text(texts);
      turn.author = std::move(texts.author);
      turn.id = full_name(entry.name);
      if (session.turns.empty()) session.title = std::move(texts.title);
      session.turns.push_back(std::move(turn));
    }
    return session;
  }
};

}  // namespace

SourceKind reddit_source() {
  return {
      "reddit",
      "a folder with comments and posts as Arctic Shift and Pushshift give them (JSON lines, plain or zstd: "
      "downloads, API bodies, monthly dumps), or one such file",
      "user content under Reddit's terms, from archive copies; for research, and what its authors delete is "
      "to be deleted here too",
      // What a user's own removed turn becomes.
      {R"((?i)^\[\s*(deleted|removed|unavailable)(\s+by\s[\s\S]*)?\s*\]$)"},
      true,
      [](const SourceConfig& config, const std::vector<UserConfig>& users) {
        return std::unique_ptr<SessionReader>(std::make_unique<RedditReader>(config, users));
      },
      true,
      true,
      true};
}

}  // namespace recon
