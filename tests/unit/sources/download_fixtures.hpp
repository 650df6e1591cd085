#pragma once

#include "recon/sources/download.hpp"
#include "recon/sources/fetcher.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loopback_server.hpp"
#include "test_folder.hpp"
#include <gtest/gtest.h>

namespace recon::support {

/// A clock on which only sleeping takes time.
class FakeClock final : public FetchClock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return now_; }
  void sleep(std::chrono::milliseconds pause) override {
    now_ += pause;
    slept_ += pause;
  }
  [[nodiscard]] std::chrono::sys_days today() const override { return date; }
  [[nodiscard]] bool interrupted() const override { return interrupt && interrupt(); }

  /// Time slept since the last call.
  [[nodiscard]] std::chrono::milliseconds take_slept() {
    return std::exchange(slept_, std::chrono::milliseconds(0));
  }

  std::chrono::sys_days date = std::chrono::year(2026) / 11 / 20;
  std::function<bool()> interrupt;

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  std::chrono::milliseconds slept_{0};
};

/// A site made of replies by path and query; what it does not know is a 404. It notes every request.
class Site {
 public:
  Site() : server_([this](const HttpRequest& request) { return answer(request); }) {
    EXPECT_EQ(::setenv("no_proxy", "127.0.0.1", 1), 0);
  }

  /// Several replies to one target are given one after the other; the last one again and again.
  Site& on(const std::string& target, HttpReply reply) {
    const std::lock_guard lock(mutex_);
    replies_[target].push_back(std::move(reply));
    return *this;
  }
  Site& on(const std::string& target, const std::string& body) { return on(target, HttpReply{200, body}); }
  void replace(const std::string& target, HttpReply reply) {
    const std::lock_guard lock(mutex_);
    replies_[target] = {std::move(reply)};
  }
  /// Answers what `on` says nothing about.
  void otherwise(LoopbackServer::Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  [[nodiscard]] std::vector<HttpRequest> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  /// What was asked for since the last call.
  [[nodiscard]] std::vector<std::string> take_targets() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> targets;
    for (const HttpRequest& request : received_) targets.push_back(request.path);
    received_.clear();
    return targets;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<HttpReply>> replies_;
  LoopbackServer::Handler handler_;
  std::vector<HttpRequest> received_;
  LoopbackServer server_;  // last: its thread uses the rest

  HttpReply answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    received_.push_back(request);
    const auto found = replies_.find(request.path);
    if (found == replies_.end()) return handler_ ? handler_(request) : HttpReply{404, "not here"};
    HttpReply reply = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    return reply;
  }
};

/// The value of a query parameter.
inline std::optional<std::string> parameter(const std::string& target, const std::string& name) {
  for (const char before : {'?', '&'}) {
    const std::size_t at = target.find(before + name + "=");
    if (at == std::string::npos) continue;
    const std::size_t start = at + name.size() + 2;
    return target.substr(start, target.find('&', start) - start);
  }
  return std::nullopt;
}

/// The target folder, the site and the clock of a download's test.
class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() { source.path = folder.path() / "raw"; }

  [[nodiscard]] Fetcher make_fetcher(bool dry_run = false) {
    Fetcher::Options options;
    options.folder = source.path;
    options.dry_run = dry_run;
    return Fetcher(std::move(options), clock, log);
  }
  DownloadSummary run(bool dry_run = false) {
    Fetcher fetcher = make_fetcher(dry_run);
    return download(source, users, fetcher, log);
  }
  void add_user(const std::string& name, std::optional<std::string> from = {},
                std::optional<std::string> to = {}) {
    users.push_back({UserId("user_" + std::to_string(users.size())), name, std::move(from), std::move(to)});
  }
  /// Every file below the target folder, relative to it, sorted.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(source.path)) return names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source.path)) {
      if (entry.is_regular_file())
        names.push_back(entry.path().lexically_relative(source.path).generic_string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::string content(const std::string& name) const { return slurp(source.path / name); }

  TestFolder folder;
  FakeClock clock;
  Log log{LogLevel::quiet, LogFormat::text};
  SourceConfig source;
  std::vector<UserConfig> users;
  Site site;
};

}  // namespace recon::support
