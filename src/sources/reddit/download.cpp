#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/jsonl.hpp"
#include "recon/core/text.hpp"
#include "recon/http/url.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include "download_kinds.hpp"
#include "wire.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace recon {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t page_size = 100;  // the most that a search gives
constexpr std::size_t lighter_page_size = 25;
/// The most ids that a lookup takes; fewer for posts, of which each may have 40,000 letters: one body is one
/// document for the reader.
constexpr std::size_t comment_batch = 500;
constexpr std::size_t post_batch = 250;
constexpr std::size_t most_pages = 100'000;  // ten million comments: a server that never ends

bool is_name(std::string_view name) {
  constexpr std::size_t longest = 50;
  return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void check_name(const char* key, const std::string& name) {
  if (!is_name(name)) {
    throw UsageError(
        fmt::format("{}: '{}' is no name on Reddit; expected letters, digits, '_' and '-'", key, name));
  }
}

void check_reply(std::string_view body) { static_cast<void>(parse_archive_reply(body)); }

/// All comments of one user, or those in one subreddit, page by page in the order they were written.
class History {
 public:
  enum class End { complete, empty, incomplete };

  History(std::string base, std::string author, std::string subreddit, Fetcher& fetcher)
      : base_(std::move(base)),
        author_(std::move(author)),
        subreddit_(std::move(subreddit)),
        fetcher_(&fetcher) {}

  /// Each page overlaps the one before by the second in which that ended: the next page neither repeats it
  /// for ever nor leaves out what was written in the same second, whether `after` includes its own second or
  /// not. A short page proves nothing; the end is a page that brings nothing new. That page is kept too, so
  /// that running again asks nothing. Where the first page is empty, the name may be wrong or the archive in
  /// trouble: it is not kept, and what that means is for the caller to say. Other failures are named here.
  [[nodiscard]] End fetch() {
    for (std::size_t page = 1; page <= most_pages; ++page) {
      const FetchResult result = fetcher_->fetch(request(page));
      if (!result.has_body()) {
        if (result.outcome == FetchOutcome::not_found)
          fetcher_->fail(fmt::format("the comments of {}: the server knows no such search", author_));
        return End::incomplete;
      }
      const std::vector<ArchivedItem> items = parse_archive_reply(result.body);
      if (page == 1 && items.empty()) return End::empty;
      if (take(items)) continue;
      if (items.size() < page_size) return End::complete;
      fetcher_->fail(fmt::format(
          "the comments of {}: page {} brings nothing new though it is full, so what follows can't be "
          "asked for",
          author_, page));
      return End::incomplete;
    }
    fetcher_->fail(fmt::format("the comments of {}: more than {} pages", author_, most_pages));
    return End::incomplete;
  }
  [[nodiscard]] std::size_t count() const { return seen_.size(); }

 private:
  std::string base_, author_, subreddit_;
  Fetcher* fetcher_;
  std::unordered_set<std::string> seen_;
  std::optional<std::int64_t> latest_;

  /// False where every item was seen before.
  bool take(const std::vector<ArchivedItem>& items) {
    bool brought_something = false;
    for (const ArchivedItem& item : items) {
      if (seen_.insert(item.id).second) brought_something = true;
      if (item.created) latest_ = std::max(latest_.value_or(*item.created), *item.created);
    }
    return brought_something;
  }

  [[nodiscard]] FetchRequest request(std::size_t page) const {
    FetchRequest request;
    request.url = url(page_size);
    request.lighter_url = url(lighter_page_size);
    // No part of the name has a dot, so that no two histories share files.
    const std::string in = subreddit_.empty() ? "" : "." + subreddit_;
    request.file = fmt::format("api/comments_{}{}.{:05}.json", author_, in, page);
    request.check = check_reply;
    if (page == 1) request.keep = [](std::string_view body) { return !parse_archive_reply(body).empty(); };
    return request;
  }
  [[nodiscard]] std::string url(std::size_t limit) const {
    std::string url = fmt::format("{}/api/comments/search?author={}", base_, escape_query(author_));
    if (!subreddit_.empty()) url += "&subreddit=" + escape_query(subreddit_);
    url += fmt::format("&limit={}&sort=asc", limit);
    if (latest_) url += fmt::format("&after={}", std::max<std::int64_t>(1, *latest_) - 1);
    return url;
  }
};

/// Names that were asked for and that the archive does not have, kept so that no run asks for them again.
class AbsentNames {
 public:
  explicit AbsentNames(fs::path path) : path_(std::move(path)) {
    if (!fs::exists(path_)) return;
    LineReader reader(path_);
    while (const auto line = reader.next()) names_.emplace(trim(line->text));
  }
  [[nodiscard]] bool contains(const std::string& name) const { return names_.contains(name); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  void add(const std::vector<std::string>& names) {
    const std::size_t before = names_.size();
    names_.insert(names.begin(), names.end());
    if (names_.size() == before) return;
    AtomicFile file(path_);
    for (const std::string& name : names_) file.write(name + "\n");
    file.commit();
  }

 private:
  fs::path path_;
  std::set<std::string> names_;
};

/// Fetches names that sessions lack, until the archive has no more of them.
class MissingDownload {
 public:
  MissingDownload(std::string base, Fetcher& fetcher, Log& log)
      : base_(std::move(base)),
        fetcher_(&fetcher),
        log_(&log),
        absent_(fetcher.folder() / "api" / "absent.txt") {}

  void run(const OpenReader& open) {
    for (std::size_t round = 1;; ++round) {
      const std::vector<std::string> wanted = not_asked(missing(open));
      if (wanted.empty()) break;
      if (!fetcher_->dry_run())
        log_->info(fmt::format("round {}: {} posts and comments are missing", round, wanted.size()));
      for (const char* kind : {"t1_", "t3_"}) fetch_kind(kind, wanted);
      if (fetcher_->dry_run()) return;
    }
    if (absent_.size() > 0) log_->info(fmt::format("{} of them are not in the archive", absent_.size()));
  }

 private:
  std::string base_;
  Fetcher* fetcher_;
  Log* log_;
  AbsentNames absent_;
  std::set<std::string> asked_;  ///< in this run: the reader may lack them still, if it can't read them

  static std::vector<std::string> missing(const OpenReader& open) {
    const std::unique_ptr<SessionReader> reader = open();
    while (reader->next()) {
    }
    return reader->missing();
  }

  std::vector<std::string> not_asked(const std::vector<std::string>& names) {
    std::vector<std::string> wanted;
    for (const std::string& name : names) {
      if (absent_.contains(name) || !asked_.insert(name).second) continue;
      if (is_archive_name(name)) {
        wanted.push_back(name);
      } else {
        fetcher_->fail(fmt::format("'{}' is missing, but that is no name to ask for",
                                   replace_invalid_utf8(std::string_view(name).substr(0, 50))));
      }
    }
    std::sort(wanted.begin(), wanted.end());
    return wanted;
  }

  void fetch_kind(std::string_view prefix, const std::vector<std::string>& wanted) {
    const std::size_t batch_size = prefix == "t1_" ? comment_batch : post_batch;
    std::vector<std::string> batch;
    for (const std::string& name : wanted) {
      if (!name.starts_with(prefix)) continue;
      batch.push_back(name);
      if (batch.size() == batch_size) fetch_batch(prefix, std::exchange(batch, {}));
    }
    if (!batch.empty()) fetch_batch(prefix, batch);
  }

  void fetch_batch(std::string_view prefix, const std::vector<std::string>& names) {
    std::string ids;
    for (const std::string& name : names) {
      if (!ids.empty()) ids += ',';
      ids += std::string_view(name).substr(prefix.size());
    }
    const bool comments = prefix == "t1_";
    FetchRequest request;
    request.url = fmt::format("{}/api/{}/ids?ids={}", base_, comments ? "comments" : "posts", ids);
    // Named by what was asked: a later run, which lacks other items, never takes it for its own.
    constexpr std::size_t digits = 16;
    request.file = fmt::format("api/missing_{}_{}.json", comments ? "comments" : "posts",
                               digest_of(ids).hex().substr(0, digits));
    request.check = check_reply;
    const FetchResult result = fetcher_->fetch(request);
    if (result.outcome == FetchOutcome::not_found)
      fetcher_->fail(fmt::format("{}: the server knows no such lookup", request.file.string()));
    if (!result.has_body()) return;
    std::set<std::string> found;
    for (const ArchivedItem& item : parse_archive_reply(result.body))
      found.insert(std::string(prefix) + item.id);
    std::vector<std::string> lacking;
    std::set_difference(names.begin(), names.end(), found.begin(), found.end(), std::back_inserter(lacking));
    absent_.add(lacking);
  }
};

/// The histories of one user in each of the subreddits; one that is empty stands for all of Reddit. A user
/// may well have no comment in one of several subreddits, but not in any.
void fetch_histories(const std::string& base, const std::string& author,
                     const std::vector<std::string>& subreddits, Fetcher& fetcher, Log& log) {
  std::vector<std::string> empty;
  for (const std::string& subreddit : subreddits) {
    History history(base, author, subreddit, fetcher);
    const std::string in = subreddit.empty() ? "" : " in r/" + subreddit;
    const History::End end = history.fetch();
    if (end == History::End::empty) {
      empty.push_back(in);
    } else if (end == History::End::complete && !fetcher.dry_run()) {
      log.info(fmt::format("{}: {} comments{}", author, history.count(), in));
    }
  }
  if (!empty.empty() && empty.size() == subreddits.size()) {
    fetcher.fail(fmt::format(
        "the archive has no comment by {}{}; check the name, or run again later if the archive is in trouble",
        author, fmt::join(empty, " or")));
    return;
  }
  for (const std::string& in : empty) log.info(fmt::format("{}: no comment{}", author, in));
}

/// Whether the folder holds what the source's reader can open.
bool has_source(const OpenReader& open, Log& log) {
  try {
    static_cast<void>(open());
    return true;
  } catch (const RunError& error) {
    log.verbose(fmt::format("nothing to look for what is missing in: {}", error.what()));
    return false;
  }
}

}  // namespace

void download_missing(const SourceConfig& source, Fetcher& fetcher, Log& log, const OpenReader& open) {
  MissingDownload(checked_base_url(source.download.arctic_shift_url, "arctic_shift_url"), fetcher, log)
      .run(open);
}

void download_reddit(const SourceConfig& source, const std::vector<UserConfig>& users, Fetcher& fetcher,
                     Log& log) {
  const std::string base = checked_base_url(source.download.arctic_shift_url, "arctic_shift_url");
  for (const UserConfig& user : users) check_name("users: name", user.name);
  for (const std::string& subreddit : source.subreddits) check_name("source.subreddits", subreddit);
  std::vector<std::string> subreddits = source.subreddits;
  if (subreddits.empty()) subreddits.emplace_back();
  for (const UserConfig& user : users) fetch_histories(base, user.name, subreddits, fetcher, log);
  if (fetcher.summary().planned > 0) return;  // only the comments tell what their threads lack
  SourceConfig downloaded = source;
  downloaded.path = fetcher.folder();
  const OpenReader open = [&] { return make_session_reader(downloaded, users); };
  // Where no history came there may be nothing to read; that was said, and is no fault of the source.
  if (fetcher.summary().failed > 0 && !has_source(open, log)) return;
  download_missing(source, fetcher, log, open);
}

}  // namespace recon
