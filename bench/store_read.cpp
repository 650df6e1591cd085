// How fast stored answers are read: a store of many answers, read once in the order in which they were asked,
// as a re-run does, and once in another order.
//   bench_store_read FOLDER [ANSWERS [BYTES]]     (default: 1000000 answers of 1024 bytes)
#include "recon/core/error.hpp"
#include "recon/store/store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace {

constexpr int answers_per_commit = 1000;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

recon::Digest question(int number) { return recon::digest_of("question " + std::to_string(number)); }

void fill(const std::filesystem::path& path, int answers, std::size_t bytes) {
  recon::ResponseStore store(path, false);
  for (int first = 0; first < answers; first += answers_per_commit) {
    std::vector<recon::StoredCompletion> completions;
    for (int i = first; i < std::min(answers, first + answers_per_commit); ++i) {
      std::string text;
      while (text.size() < bytes) text += "Said \"this\", number " + std::to_string(i) + ".\n";
      recon::StoredCompletion completion;
      completion.question = question(i);
      completion.answers.push_back({0, recon::ChatAnswer{std::move(text), "", recon::Finish::stop}});
      completion.usage.prompt = 500;
      completion.usage.completion = 250;
      completions.push_back(std::move(completion));
    }
    store.commit(std::move(completions));
  }
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

rusage usage_now() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) throw recon::RunError("getrusage failed");
  return usage;
}

void read(const std::string& name, const recon::ResponseStore& store,
          const std::vector<recon::Digest>& questions) {
  const double cpu_before = cpu_seconds(usage_now());
  const auto start = std::chrono::steady_clock::now();
  std::size_t found = 0;
  for (const recon::Digest& digest : questions) found += store.answers(digest).size();
  const double seconds = seconds_since(start);
  const rusage usage = usage_now();
  const auto each = 1e6 / static_cast<double>(questions.size());
  std::cout << name << ": " << found << " answers in " << seconds << " s, " << seconds * each << " us each, "
            << (cpu_seconds(usage) - cpu_before) * each << " us of CPU each, peak memory "
            << usage.ru_maxrss / 1024 << " MiB\n";
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2) {
    std::cerr << "usage: bench_store_read FOLDER [ANSWERS [BYTES]]\n";
    return 2;
  }
  try {
    const int answers = argument_count > 2 ? std::stoi(arguments[2]) : 1'000'000;
    const std::size_t bytes = argument_count > 3 ? std::stoul(arguments[3]) : 1024;
    const std::filesystem::path path = std::filesystem::path(arguments[1]) / "responses.sqlite";
    if (!std::filesystem::exists(path)) {
      const auto start = std::chrono::steady_clock::now();
      fill(path, answers, bytes);
      std::cout << "written in " << seconds_since(start) << " s\n";
    }
    std::vector<recon::Digest> questions;
    questions.reserve(static_cast<std::size_t>(answers));
    for (int i = 0; i < answers; ++i) questions.push_back(question(i));
    const auto start = std::chrono::steady_clock::now();
    const recon::ResponseStore store(path, true);
    std::cout << "opened in " << seconds_since(start) << " s\n";
    read("in order", store, questions);
    std::sort(questions.begin(), questions.end());
    read("by digest", store, questions);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
