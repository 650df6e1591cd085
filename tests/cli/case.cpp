#include "case.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "program.hpp"
#include "run_program.hpp"
#include "source_dir.hpp"
#include "test_folder.hpp"
#include <yaml-cpp/yaml.h>

namespace recon::support {
namespace {

const std::filesystem::path cases = std::filesystem::path(RECON_SOURCE_DIR) / "tests/cases";
/// Inputs of every case that has none of its own under the same name.
const std::filesystem::path common_inputs = cases / "common";
constexpr std::string_view description = "case.yaml";
constexpr std::string_view expected = "expected.txt";

template <class Value>
Value named(const std::vector<std::pair<std::string, Value>>& names, const YAML::Node& node) {
  const auto text = node.as<std::string>();
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  throw std::runtime_error("no such word: " + text);
}

FaultKind fault_kind(const YAML::Node& node) {
  return named<FaultKind>({{"server_error", FaultKind::server_error},
                           {"too_many_requests", FaultKind::too_many_requests},
                           {"bad_request", FaultKind::bad_request},
                           {"hang_up", FaultKind::hang_up},
                           {"malformed_json", FaultKind::malformed_json},
                           {"wrong_json", FaultKind::wrong_json},
                           {"empty_choices", FaultKind::empty_choices},
                           {"empty_text", FaultKind::empty_text},
                           {"unusable_text", FaultKind::unusable_text},
                           {"draft_first", FaultKind::draft_first},
                           {"refuse_n", FaultKind::refuse_n},
                           {"ignore_n", FaultKind::ignore_n},
                           {"ignore_echo", FaultKind::ignore_echo}},
                          node);
}

JudgeBias judge_bias(const YAML::Node& node) {
  return named<JudgeBias>({{"fair", JudgeBias::fair},
                           {"first_shown", JudgeBias::first_shown},
                           {"longest", JudgeBias::longest},
                           {"copied", JudgeBias::copied},
                           {"undecided", JudgeBias::undecided},
                           {"random", JudgeBias::random}},
                          node);
}

/// Reads a mapping whose keys are all known.
class Reader {
 public:
  explicit Reader(const YAML::Node& node) : node_(node) {
    if (!node.IsMap()) throw std::runtime_error("a mapping was expected");
  }
  template <class Read>
  Reader& take(const std::string& key, Read read) {
    known_.insert(key);
    if (const YAML::Node value = node_[key]) read(value);
    return *this;
  }
  template <class Value>
  Reader& take_value(const std::string& key, Value& value) {
    return take(key, [&](const YAML::Node& node) { value = node.as<Value>(); });
  }
  void end() const {
    for (const auto& entry : node_) {
      if (!known_.contains(entry.first.as<std::string>()))
        throw std::runtime_error("unknown key: " + entry.first.as<std::string>());
    }
  }

 private:
  YAML::Node node_;
  std::set<std::string> known_;
};

Fault fault_in(const YAML::Node& node) {
  Fault fault;
  Reader(node)
      .take("kind", [&](const YAML::Node& value) { fault.kind = fault_kind(value); })
      .take_value("every", fault.every)
      .take("only", [&](const YAML::Node& value) { fault.only = call_kind(value.as<std::string>()); })
      .end();
  return fault;
}

ScriptedReply reply_in(const YAML::Node& node) {
  ScriptedReply reply;
  Reader(node)
      .take("only", [&](const YAML::Node& value) { reply.only = call_kind(value.as<std::string>()); })
      .take_value("holds", reply.holds)
      .take("times", [&](const YAML::Node& value) { reply.times = value.as<std::size_t>(); })
      .take_value("status", reply.status)
      .take_value("body", reply.body)
      .take_value("text", reply.text)
      .take_value("finish_reason", reply.finish_reason)
      .end();
  return reply;
}

PlantedOptions server_in(const YAML::Node& node) {
  PlantedOptions options;
  Reader(node)
      .take("listwise", [&](const YAML::Node& value) { options.listwise = judge_bias(value); })
      .take("pairwise", [&](const YAML::Node& value) { options.pairwise = judge_bias(value); })
      .take_value("think_block", options.think_block)
      .take_value("send_usage", options.send_usage)
      .take_value("copying_share", options.copying_share)
      .take_value("text_ending", options.text_ending)
      .take("faults",
            [&](const YAML::Node& value) {
              for (const YAML::Node& fault : value) options.faults.push_back(fault_in(fault));
            })
      .take("replies",
            [&](const YAML::Node& value) {
              for (const YAML::Node& reply : value) options.replies.push_back(reply_in(reply));
            })
      .end();
  return options;
}

/// Copies a folder's files but the case's own two, with the server's address in their text.
void copy_inputs(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::string& server) {
  if (!std::filesystem::exists(from)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    const std::filesystem::path relative = std::filesystem::relative(entry.path(), from);
    if (relative == description || relative == expected) continue;
    if (entry.is_directory()) {
      std::filesystem::create_directories(to / relative);
    } else {
      put(to / relative, replaced(slurp(entry.path()), "SERVER", server));
    }
  }
}

using Files = std::map<std::string, std::string>;

/// All files of a folder but the store, the lock and the manifest, which hold times and digests.
Files files_in(const std::filesystem::path& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = std::filesystem::relative(entry.path(), folder).string();
    const std::string extension = entry.path().extension().string();
    if (!entry.is_regular_file() || name.find(".sqlite") != std::string::npos || extension == ".lock" ||
        entry.path().filename() == "manifest.json" || entry.path().filename() == ".lock")
      continue;
    files[name] = slurp(entry.path());
  }
  return files;
}

/// Every line begins with a mark, so that a missing newline at the end shows.
std::string marked(const std::string& text, std::string_view mark) {
  std::string lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines += std::string(mark) + (line.empty() ? "" : " " + line) + "\n";
  if (!text.empty() && text.back() != '\n') lines += std::string(mark) + " (no newline at the end)\n";
  return lines;
}

/// Names for what differs from run to run.
std::string steady(std::string text, const std::filesystem::path& folder, const std::string& server) {
  text = replaced(std::move(text), server, "SERVER");
  text = replaced(std::move(text), folder.string(), "FOLDER");
  static const std::regex time_of_log(R"("time":[0-9.e+]+,?)");
  static const std::regex seconds(R"(, [0-9]+ s("?\}?)\n)");
  static const std::regex moment(R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z)");
  static const std::regex progress(R"([^\n]*[0-9]+/[0-9]+ records[^\n]* left[^\n]*\n)");
  text = std::regex_replace(text, progress, "");
  text = std::regex_replace(text, time_of_log, "");
  text = std::regex_replace(text, seconds, ", N s$1\n");
  return std::regex_replace(text, moment, "TIME");
}

std::string requests_of(const PlantedServer& server) {
  std::map<std::string, std::size_t> counts;
  for (const ReceivedCall& call : server.received()) ++counts[to_string(call.kind)];
  std::string text;
  for (const auto& [kind, count] : counts)
    text += (text.empty() ? "" : ", ") + kind + " " + std::to_string(count);
  return text.empty() ? "" : "requests: " + text + "\n";
}

/// What the files in `after` hold that `before` has not, and the names of those that are gone.
std::string changes(const Files& before, const Files& after, const std::vector<std::string>& only) {
  const auto counts = [&](const std::string& name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  std::string text;
  for (const auto& [name, content] : after) {
    const auto earlier = before.find(name);
    if (!counts(name) || (earlier != before.end() && earlier->second == content)) continue;
    text += "=== " + name + "\n" + marked(content, " ");
  }
  for (const auto& [name, content] : before) {
    if (counts(name) && !after.contains(name)) text += "=== " + name + " is gone\n";
  }
  return text;
}

}  // namespace

Case::Case(std::filesystem::path folder) : folder_(std::move(folder)) {
  const std::filesystem::path file = folder_ / description;
  try {
    Reader(YAML::LoadFile(file.string()))
        .take("shows", [](const YAML::Node& value) { (void)value.as<std::string>(); })
        .take_value("prepare", preparation_)
        .take_value("run", commands_)
        .take_value("files", files_)
        .take_value("environment", environment_)
        .take_value("needs_embedded_model", needs_embedded_model_)
        .take_value("interrupt_after", interrupt_after_)
        .take("server", [this](const YAML::Node& value) { server_ = server_in(value); })
        .end();
    if (commands_.empty()) throw std::runtime_error("'run' names no command");
  } catch (const std::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

std::string Case::play() const {
  TestFolder folder;
  PlantedServer server(server_);
  copy_inputs(common_inputs, folder.path(), server.base_url());
  copy_inputs(folder_, folder.path(), server.base_url());
  std::map<std::string, std::string> environment = environment_;
  environment.emplace("PLANTED_KEY", "secret-canary-key");
  environment.emplace("COLUMNS", "100");
  environment["PATH"] =
      std::filesystem::absolute(program_under_test()).parent_path().string() + ":/usr/bin:/bin";
  const auto in_shell = [&](const std::string& command) {
    return run_program({"/bin/bash", {"-o", "pipefail", "-c", command}, environment, folder.path(), ""});
  };
  const auto interrupted = [&](const std::string& command) {
    RunningProgram running({"/bin/bash", {"-c", "exec " + command}, environment, folder.path(), ""});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server.count() < interrupt_after_ && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    running.send(SIGINT);
    return running.wait();
  };
  for (const std::string& command : preparation_) {
    const ProgramResult result = in_shell(command);
    if (result.exit_code != 0) throw std::runtime_error(command + ": " + result.err);
  }
  server.forget_received();
  const Files before = files_in(folder.path());
  std::string text;
  for (const std::string& command : commands_) {
    const bool is_interrupted = interrupt_after_ > 0 && text.empty();
    const ProgramResult result = is_interrupted ? interrupted(command) : in_shell(command);
    text += "$ " + command + "\nexit " + std::to_string(result.exit_code) + "\n" + marked(result.out, "|") +
            (is_interrupted ? ""
                            : marked(steady(result.err, folder.path(), server.base_url()), "!") +
                                  (interrupt_after_ > 0 ? "" : requests_of(server)));
    server.forget_received();
  }
  return steady(text + changes(before, files_in(folder.path()), files_), folder.path(), server.base_url());
}

std::vector<std::filesystem::path> all_case_folders() {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(cases)) {
    if (std::filesystem::exists(entry.path() / description)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace recon::support
