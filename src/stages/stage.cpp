#include "recon/stages/stage.hpp"

#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/standard_streams.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace recon {
namespace {

constexpr std::size_t most_raw_bytes = 4000;

}  // namespace

StageRun::StageRun(std::string stage, std::string main_output, const RunConfig& run_config,
                   const Prompts& run_prompts, Engine& run_engine, Log& run_log, const Artifacts& artifacts,
                   std::optional<std::size_t> view_limit)
    : config(run_config),
      prompts(run_prompts),
      engine(run_engine),
      log(run_log),
      limit(view_limit),
      stage_(std::move(stage)),
      main_output_(std::move(main_output)),
      artifacts_(artifacts) {}

std::filesystem::path StageRun::input(const std::string& artifact) const {
  std::filesystem::path path = artifacts_.input(artifact);
  if (path != "-" && !std::filesystem::exists(path)) {
    throw RunError(
        fmt::format("{}: the input {} is missing; run the stage that makes it", stage_, path.string()));
  }
  return path;
}

bool StageRun::wants(const std::string& artifact) const {
  return artifacts_.output(artifact, main_output_).has_value();
}

JsonlWriter* StageRun::writer_of(const std::string& artifact) {
  if (const auto found = outputs_.find(artifact); found != outputs_.end()) return found->second.writer.get();
  const auto path = artifacts_.output(artifact, main_output_);
  if (!path) return nullptr;
  // In file mode several outputs of one kind may share one file.
  for (const auto& entry : outputs_) {
    if (entry.second.path == *path)
      return outputs_.emplace(artifact, entry.second).first->second.writer.get();
  }
  return outputs_.emplace(artifact, Output{*path, std::make_shared<JsonlWriter>(*path)})
      .first->second.writer.get();
}

void StageRun::write_json(const std::string& artifact, const Json& value) {
  if (const auto path = artifacts_.output(artifact, main_output_)) documents_[artifact] = {*path, value};
}

void StageRun::reject(Reject reject) {
  if (reject.raw.size() > most_raw_bytes)
    reject.raw = std::string(std::string_view(reject.raw).substr(0, most_raw_bytes));
  for (RejectCause& cause : reject.causes) cause.message = replace_invalid_utf8(cause.message);
  reject.raw = replace_invalid_utf8(reject.raw);
  const auto [known, is_new] = place_of_reject_.try_emplace(reject.subject, rejects_.size());
  if (is_new) {
    rejects_.push_back(std::move(reject));
  } else {
    Reject& first = rejects_[known->second];
    std::move(reject.causes.begin(), reject.causes.end(), std::back_inserter(first.causes));
    if (first.raw.empty()) first.raw = std::move(reject.raw);
  }
}

void StageRun::reject(const Subject& subject, RecordFault fault, const std::string& message) {
  reject(Reject{stage_, subject, {{to_string(fault), message}}, ""});
}

void StageRun::reject(const Subject& subject, const Failure& failure) {
  reject(Reject{stage_, subject, {{to_string(failure.kind), failure.message}}, failure.raw});
}

Task StageRun::rejected(const Subject& subject, RecordFault fault, const std::string& message) {
  return {subject, {}, [this, subject, fault, message](const std::vector<QuestionResult>&) {
            reject(subject, fault, message);
          }};
}

void StageRun::warn(std::vector<Warning> found) {
  std::move(found.begin(), found.end(), std::back_inserter(own_warnings_));
}

const std::vector<Warning>& StageRun::warnings() {
  if (!warnings_) {
    warnings_ = engine.take_warnings(stage_);
    std::move(own_warnings_.begin(), own_warnings_.end(), std::back_inserter(*warnings_));
    std::stable_sort(warnings_->begin(), warnings_->end(),
                     [](const Warning& a, const Warning& b) { return a.kind < b.kind; });
  }
  return *warnings_;
}

std::map<std::string, std::filesystem::path> StageRun::commit() {
  std::map<std::string, std::filesystem::path> written;
  for (auto& [artifact, output] : outputs_) {
    bool first = true;
    for (const auto& entry : written) first = first && entry.second != output.path;
    if (first) output.writer->commit();
    written[artifact] = output.path;
  }
  for (const auto& [artifact, document] : documents_) {
    const std::string text = document.second.dump(2) + "\n";
    if (document.first == "-") {
      write_standard_output(text);
      flush_standard_output();
    } else {
      write_file(document.first, text);
    }
    written[artifact] = document.first;
  }
  return written;
}

Json sampling_json(const Sampling& sampling) {
  Json result = Json::object();
  if (sampling.temperature) result["temperature"] = *sampling.temperature;
  if (sampling.top_p) result["top_p"] = *sampling.top_p;
  if (sampling.top_k) result["top_k"] = *sampling.top_k;
  if (sampling.max_tokens) result["max_tokens"] = *sampling.max_tokens;
  return result;
}

Json model_fingerprint(const RunConfig& config, Engine& engine, const std::string& name,
                       std::string_view key) {
  const ModelConfig& model = config.model(name, key);
  return {{"identity", engine.identity(name)},
          {"name", engine.model_name(name)},
          {"context_window", model.context_window},
          {"chat_template", model.chat_template},
          {"extra_body", model.extra_body}};
}

}  // namespace recon
