// The limit for reading JSON files: every file below a folder through simdjson's DOM parser, nothing
// extracted.
//   bench_simdjson_parse FOLDER
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>

#include <simdjson.h>

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::cerr << "usage: bench_simdjson_parse FOLDER\n";
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  simdjson::dom::parser parser;
  std::uintmax_t files = 0, bytes = 0, failed = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[1])) {
    if (!entry.is_regular_file() || entry.path().extension() != ".json") continue;
    simdjson::dom::element root;
    if (parser.load(entry.path().string()).get(root) != simdjson::SUCCESS) ++failed;
    ++files;
    bytes += entry.file_size();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << seconds.count() << " s  " << files << " files  " << bytes << " bytes  " << failed
            << " failed\n";
  return 0;
}
