// Reads a whole source and writes nothing: what a reader costs by itself.
//   bench_read_source DOMAIN PATH [USER...]
#include "recon/core/error.hpp"
#include "recon/sources/session_reader.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

int main(int argument_count, char** arguments) {
  if (argument_count < 3) {
    fmt::print(stderr, "usage: bench_read_source DOMAIN PATH [USER...]\n");
    return 2;
  }
  recon::SourceConfig config;
  config.domain = arguments[1];
  config.path = arguments[2];
  std::vector<recon::UserConfig> users;
  for (int i = 3; i < argument_count; ++i) {
    recon::UserConfig user;
    user.id = recon::UserId("user" + std::to_string(i));
    user.name = arguments[i];
    users.push_back(user);
  }
  try {
    const auto start = std::chrono::steady_clock::now();
    const auto reader = recon::make_session_reader(config, users);
    std::size_t sessions = 0, turns = 0, bytes = 0;
    while (const auto session = reader->next()) {
      ++sessions;
      turns += session->turns.size();
      for (const recon::Turn& turn : session->turns) bytes += turn.text.size();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print("{:.2f} s  {} sessions  {} turns  {} bytes of text  {} rejects\n", seconds.count(), sessions,
               turns, bytes, reader->rejects().size());
  } catch (const recon::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
