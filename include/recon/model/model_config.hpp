#pragma once

#include "recon/config/config_tree.hpp"
#include "recon/core/json.hpp"
#include "recon/model/request.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recon {

/// One entry of `models:`. A key that another provider needs is refused for this one.
struct ModelConfig {
  std::string name;      ///< as stages name it
  std::string provider;  ///< openai | llama | hashing
  std::string identity;  ///< replaces the default identity in the store's keys; empty = default
  int concurrency = 16;
  int context_window = 0;  ///< tokens of prompt + reply; 0 = not checked
  Sampling sampling;       ///< defaults of every stage that uses this model

  // openai
  /// One address, or several servers of the same model: requests go to the one with the least to do.
  std::vector<std::string> base_urls;
  std::string model;
  std::string api_key_env;  ///< names the environment variable; the key itself never stands in a config
  /// The header that carries the bare key; empty: `Authorization: Bearer KEY`.
  std::string api_key_header;
  std::string chat_template;         ///< chatml | qwen3 | llama3: needed for scoring by /completions
  Json extra_body = Json::object();  ///< added to the body of every chat request
  double deadline_s = 600;           ///< one total deadline a record, all its requests and retries included
  double timeout_s = 120;            ///< of one attempt
  /// With pauses of at most half a minute the deadline usually comes first. Replies that came but could not
  /// be read may have been paid for: after five of them a request fails whatever this says.
  int max_attempts = 30;
  double requests_per_minute = 0;      ///< 0 = no limit; all servers together, as the next two
  double tokens_per_minute = 0;        ///< of prompts and replies
  double queries_per_second = 0;       ///< evenly spaced
  bool max_completion_tokens = false;  ///< send `max_tokens` under its newer name from the first request on
  bool json_schema = true;             ///< send `response_format`; the reply is read leniently all the same

  // llama
  std::string path;
  int threads = 0;  ///< 0 = all cores

  // hashing
  int dimensions = 4096;

  // prices, for the cost shown and the budget; USD per million tokens
  double usd_per_million_prompt = 0;
  double usd_per_million_cached = 0;
  double usd_per_million_completion = 0;
  bool has_price = false;  ///< said in the config, be it 0

  [[nodiscard]] static std::map<std::string, ModelConfig> read(ConfigSection& root);
};

/// Reads `temperature`, `top_p`, `top_k`, `max_tokens` of a section. `temperature: null` (and so on) sends
/// none even where the model has a default.
struct SamplingOverride {
  std::optional<std::optional<double>> temperature;
  std::optional<std::optional<double>> top_p;
  std::optional<std::optional<int>> top_k;
  std::optional<std::optional<int>> max_tokens;
  [[nodiscard]] static SamplingOverride read(ConfigSection& section);
  [[nodiscard]] Sampling over(Sampling base) const;
};

/// The entry of `models:` that a config names; `key` ("judge.model") is for the message of the UsageError
/// when it is missing or unknown.
[[nodiscard]] const ModelConfig& named_model(const std::map<std::string, ModelConfig>& models,
                                             const std::string& name, std::string_view key);

}  // namespace recon
