#include "recon/model/model_config.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"
#include "recon/model/templates.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace recon {
namespace {

[[noreturn]] void wrong(const ConfigSection& section, std::string_view key, std::string_view what) {
  throw UsageError(fmt::format("{}: {}", section.where(key), what));
}

void expect(bool holds, const ConfigSection& section, std::string_view key, std::string_view what) {
  if (!holds) wrong(section, key, what);
}

/// Which providers a key belongs to; keys that are not listed belong to all.
struct KeyOwner {
  std::string_view key;
  std::array<std::string_view, 2> providers;
};
constexpr std::array<KeyOwner, 25> key_owners{{
    {"base_url", {"openai", ""}},
    {"base_urls", {"openai", ""}},
    {"model", {"openai", ""}},
    {"api_key_env", {"openai", ""}},
    {"api_key_header", {"openai", ""}},
    {"chat_template", {"openai", ""}},
    {"extra_body", {"openai", ""}},
    {"deadline_s", {"openai", ""}},
    {"timeout_s", {"openai", ""}},
    {"max_attempts", {"openai", ""}},
    {"rpm", {"openai", ""}},
    {"tpm", {"openai", ""}},
    {"qps", {"openai", ""}},
    {"json_schema", {"openai", ""}},
    {"max_completion_tokens", {"openai", ""}},
    {"price", {"openai", ""}},
    {"path", {"llama", ""}},
    {"threads", {"llama", ""}},
    {"dimensions", {"hashing", ""}},
    {"concurrency", {"openai", "llama"}},
    {"context_window", {"openai", "llama"}},
    {"temperature", {"openai", "llama"}},
    {"top_p", {"openai", "llama"}},
    {"top_k", {"openai", "llama"}},
    {"max_tokens", {"openai", "llama"}},
}};

std::vector<std::string_view> named_providers(const KeyOwner& owner) {
  std::vector<std::string_view> names;
  std::copy_if(owner.providers.begin(), owner.providers.end(), std::back_inserter(names),
               [](std::string_view name) { return !name.empty(); });
  return names;
}

void refuse_keys_of_others(const ConfigSection& section, const std::string& provider) {
  for (const KeyOwner& owner : key_owners) {
    const bool own =
        std::find(owner.providers.begin(), owner.providers.end(), provider) != owner.providers.end();
    if (own || !section.has(owner.key)) continue;
    wrong(section, owner.key,
          fmt::format("is a key of provider {}, not of {}; remove it",
                      fmt::join(named_providers(owner), " and "), provider));
  }
}

/// An address stands in messages, records and the store, so it must hold no secret.
void check_query(const ConfigSection& section, std::string_view key, const std::string& url) {
  constexpr std::array<std::string_view, 5> parts_of_secrets = {"key", "token", "secret", "password", "sig"};
  const std::size_t query = url.find('?');
  if (query == std::string::npos) return;
  std::string_view rest = std::string_view(url).substr(query + 1);
  while (!rest.empty()) {
    const std::string_view field = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const std::string name = ascii_lower_case(field.substr(0, field.find('=')));
    for (const std::string_view part : parts_of_secrets) {
      // The value is not shown: it may be the secret.
      if (name.find(part) != std::string::npos || name == "code")
        wrong(section, key,
              fmt::format(
                  "must not hold a key in its query ('{}'); put it in an environment variable, name that "
                  "in api_key_env and the header that carries it in api_key_header",
                  name));
    }
  }
}

void check_base_url(const ConfigSection& section, std::string_view key, const std::string& url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  // The value itself is not shown: it may hold a password.
  expect(scheme > 0, section, key, "must begin with http:// or https:// (such as http://localhost:8000/v1)");
  const std::string_view authority =
      std::string_view(url).substr(scheme, url.find_first_of("/?", scheme) - scheme);
  expect(!authority.empty(), section, key, "names no host");
  expect(authority.find('@') == std::string_view::npos, section, key,
         "must not hold a user name or password; put the key in an environment variable and name it in "
         "api_key_env");
  expect(url.find('#') == std::string::npos, section, key, "must not hold a fragment ('#...')");
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  expect(printable, section, key, "must not hold spaces or characters outside ASCII");
  check_query(section, key, url);
}

void check_key_variable(const ConfigSection& section, const std::string& name) {
  if (name.empty()) return;
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const bool is_name = letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
                         return letter(c) || (c >= '0' && c <= '9');
                       });
  // The value is not shown: whoever writes a key here should not find it in a log as well.
  expect(is_name, section, "api_key_env",
         "must be the name of an environment variable (such as OPENAI_API_KEY), not the key itself");
}

/// A header that recon or HTTP itself sets would be sent twice.
void check_key_header(const ConfigSection& section, const ModelConfig& config) {
  if (config.api_key_header.empty()) return;
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";  // of a token, RFC 9110 section 5.6.2
  const auto is_token = [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  };
  constexpr std::array<std::string_view, 10> taken = {
      "accept", "accept-encoding",   "connection", "content-length", "content-type", "expect", "host",
      "te",     "transfer-encoding", "user-agent"};
  const std::string name = ascii_lower_case(config.api_key_header);
  // The value is not shown: whoever writes a key here should not find it in a log as well.
  expect(std::all_of(name.begin(), name.end(), is_token), section, "api_key_header",
         "must be the name of a header alone (such as api-key), without a colon and without the key");
  expect(std::find(taken.begin(), taken.end(), name) == taken.end(), section, "api_key_header",
         "names a header that carries something else; expected one that carries the key, such as api-key");
  expect(name != "authorization", section, "api_key_header",
         "is Authorization, which carries the key as a Bearer token where this is left out; remove it");
  expect(!config.api_key_env.empty(), section, "api_key_header",
         "stands without api_key_env, which names the environment variable that holds the key");
}

void check_extra_body(const ConfigSection& section, const Json& body) {
  expect(body.is_object(), section, "extra_body", "must be a mapping");
  for (const char* fixed : {"messages", "model", "n", "stream"}) {
    if (body.contains(fixed))
      wrong(section, "extra_body", fmt::format("may not set '{}', which recon sets itself", fixed));
  }
}

void read_openai(ConfigSection& section, ModelConfig& config) {
  const auto server_key = [&](std::string_view key, std::string& out, std::string_view doc,
                              const Bearing& bearing) {
    if (config.provider == "openai") {
      section.required(key, out, doc, bearing);
    } else {
      section.value(key, out, doc, bearing);
    }
  };
  std::string base_url;
  section.value("base_url", base_url, "the server's address up to and including /v1",
                Decides{"http://localhost/v1"});
  section.value("base_urls", config.base_urls,
                "addresses of several servers of the same model, instead of base_url",
                Decides{"['http://localhost/v1', 'http://127.0.0.1/v1']"});
  if (!base_url.empty() || section.has("base_url")) {
    expect(config.base_urls.empty(), section, "base_urls", "stands beside base_url; give one of them");
    config.base_urls = {base_url};
  }
  server_key("model", config.model, "the model's name as the server knows it", Decides{"another-model"});
  section.value("api_key_env", config.api_key_env, "the environment variable that holds the server's key",
                Irrelevant{Because::credentials, "OTHER_KEY"});
  section.value("api_key_header", config.api_key_header,
                "the header that carries the bare key, such as api-key; without it Authorization: Bearer",
                Irrelevant{Because::credentials, "api-key"});
  section.choice(
      "chat_template", config.chat_template, chat_template_names(),
      "how the model's prompts are rendered; needed for scoring by /completions, which must honour echo",
      Decides{"llama3"});
  section.value("extra_body", config.extra_body, "fields added to the body of every chat request",
                Decides{"{presence_penalty: 0.5}"});
  section.value("deadline_s", config.deadline_s,
                "seconds until a request fails, all attempts and pauses included",
                Irrelevant{Because::pace, "25"});
  section.value("timeout_s", config.timeout_s, "seconds until one attempt is given up",
                Irrelevant{Because::pace, "6"});
  section.value("max_attempts", config.max_attempts, "attempts of a request before it fails",
                Irrelevant{Because::pace, "7"});
  section.value("rpm", config.requests_per_minute, "requests a minute at most; 0 is no limit",
                Irrelevant{Because::pace, "60000"});
  section.value("tpm", config.tokens_per_minute,
                "tokens of prompts and replies a minute at most; 0 is no limit",
                Irrelevant{Because::pace, "1000000000"});
  section.value("qps", config.queries_per_second, "requests a second at most, evenly spaced; 0 is no limit",
                Irrelevant{Because::pace, "1000"});
  section.value("json_schema", config.json_schema, "send the reply's JSON schema to the server",
                Irrelevant{Because::sending, "false"});
  section.value("max_completion_tokens", config.max_completion_tokens,
                "send max_tokens under its newer name; a server that asks for it gets it anyway",
                Irrelevant{Because::sending, "true"});
  config.has_price = section.has("price");
  section.section("price", "USD per million tokens, for the cost shown and the budget",
                  [&](ConfigSection& price) {
                    price.value("prompt", config.usd_per_million_prompt, "prompt tokens",
                                Irrelevant{Because::money, "3"});
                    // Where no price of its own is given, a cached token costs what any prompt token costs.
                    config.usd_per_million_cached = config.usd_per_million_prompt;
                    price.value("cached", config.usd_per_million_cached,
                                "prompt tokens that the server had cached (default: as prompt)",
                                Irrelevant{Because::money, "0.5"});
                    price.value("completion", config.usd_per_million_completion, "reply tokens",
                                Irrelevant{Because::money, "4"});
                    expect(config.usd_per_million_prompt >= 0, price, "prompt", "must be 0 or more");
                    expect(config.usd_per_million_cached >= 0, price, "cached", "must be 0 or more");
                    expect(config.usd_per_million_completion >= 0, price, "completion", "must be 0 or more");
                  });
}

void check_openai(const ConfigSection& section, const ModelConfig& config) {
  const std::string_view key = section.has("base_urls") ? "base_urls" : "base_url";
  expect(!config.base_urls.empty(), section, key, "is missing: the server's address up to and including /v1");
  for (const std::string& url : config.base_urls) check_base_url(section, key, url);
  std::vector<std::string> sorted = config.base_urls;
  std::sort(sorted.begin(), sorted.end());
  expect(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), section, key,
         "an address stands twice");
  check_key_variable(section, config.api_key_env);
  check_key_header(section, config);
  check_extra_body(section, config.extra_body);
  constexpr double longest = 7.0 * 24 * 3600;
  expect(config.deadline_s > 0 && config.deadline_s <= longest, section, "deadline_s",
         "must be above 0 and at most a week");
  expect(config.timeout_s > 0 && config.timeout_s <= longest, section, "timeout_s",
         "must be above 0 and at most a week");
  expect(config.max_attempts >= 1, section, "max_attempts", "must be 1 or more");
  expect(config.requests_per_minute >= 0, section, "rpm", "must be 0 (no limit) or more");
  expect(config.tokens_per_minute >= 0, section, "tpm", "must be 0 (no limit) or more");
  expect(config.queries_per_second >= 0, section, "qps", "must be 0 (no limit) or more");
}

ModelConfig read_model(const std::string& name, ConfigSection& section) {
  ModelConfig config;
  config.name = name;
  if (section.has("api_key")) {
    wrong(section, "api_key",
          "a key must not stand in a config; put it in an environment variable and name that in api_key_env");
  }
  section.required("provider", config.provider, "openai, llama or hashing");
  section.choice("provider", config.provider, {"openai", "llama", "hashing"}, "where the answers come from",
                 Decides{"openai"});
  section.value("identity", config.identity, "replaces the default identity in the response store's keys",
                Decides{"renamed"});
  section.value("concurrency", config.concurrency, "requests in flight at most",
                Irrelevant{Because::pace, "3"});
  section.value("context_window", config.context_window,
                "tokens of prompt and reply together; 0 is not checked", Decides{"700"});
  config.sampling = SamplingOverride::read(section).over({});
  read_openai(section, config);
  if (config.provider == "llama") {
    section.required("path", config.path, "the GGUF file of the weights", Decides{"other.gguf"});
  } else {
    section.value("path", config.path, "the GGUF file of the weights", Decides{"other.gguf"});
  }
  section.value("threads", config.threads, "threads of the embedded model; 0 is all cores",
                Irrelevant{Because::pace, "1"});
  section.value("dimensions", config.dimensions, "dimensions of the hashed vectors", Decides{"64"});
  if (config.provider.empty()) return config;  // only the schema is being collected

  refuse_keys_of_others(section, config.provider);
  expect(config.concurrency >= 1 && config.concurrency <= 65'536, section, "concurrency",
         "must be 1 to 65536");
  expect(config.context_window >= 0, section, "context_window", "must be 0 (not checked) or more");
  expect(config.threads >= 0, section, "threads", "must be 0 (all cores) or more");
  expect(config.dimensions >= 1, section, "dimensions", "must be 1 or more");
  if (config.provider == "openai") check_openai(section, config);
  return config;
}

}  // namespace

std::map<std::string, ModelConfig> ModelConfig::read(ConfigSection& root) {
  std::map<std::string, ModelConfig> models;
  root.entries(
      "models", "the models, named once and used by stages",
      [&](const std::string& name, ConfigSection& section) { models[name] = read_model(name, section); });
  return models;
}

SamplingOverride SamplingOverride::read(ConfigSection& section) {
  SamplingOverride sampling;
  const auto read_key = [&](std::string_view key, auto& out, std::string_view doc, const Bearing& bearing) {
    typename std::decay_t<decltype(out)>::value_type value;
    section.value(key, value, doc, bearing);
    if (section.has(key)) out = value;
  };
  read_key("temperature", sampling.temperature, "sampling temperature; null sends none", Decides{"0.5"});
  read_key("top_p", sampling.top_p, "nucleus sampling, above 0 and at most 1; null sends none",
           Decides{"0.5"});
  read_key("top_k", sampling.top_k, "sample from the k likeliest tokens; null sends none", Decides{"7"});
  read_key("max_tokens", sampling.max_tokens, "tokens of a reply at most; null sends none", Decides{"77"});
  const auto holds = [](const auto& value, const auto& test) { return !value || !*value || test(**value); };
  expect(holds(sampling.temperature, [](double t) { return t >= 0; }), section, "temperature",
         "must be 0 or more, or null");
  expect(holds(sampling.top_p, [](double p) { return p > 0 && p <= 1; }), section, "top_p",
         "must be above 0 and at most 1, or null");
  expect(holds(sampling.top_k, [](int k) { return k >= 1; }), section, "top_k", "must be 1 or more, or null");
  expect(holds(sampling.max_tokens, [](int n) { return n >= 1; }), section, "max_tokens",
         "must be 1 or more, or null");
  return sampling;
}

Sampling SamplingOverride::over(Sampling base) const {
  if (temperature) base.temperature = *temperature;
  if (top_p) base.top_p = *top_p;
  if (top_k) base.top_k = *top_k;
  if (max_tokens) base.max_tokens = *max_tokens;
  return base;
}

const ModelConfig& named_model(const std::map<std::string, ModelConfig>& models, const std::string& name,
                               std::string_view key) {
  if (name.empty())
    throw UsageError(fmt::format("config key '{}' is missing: it names an entry of `models`", key));
  const auto found = models.find(name);
  if (found != models.end()) return found->second;
  std::vector<std::string> known;
  known.reserve(models.size());
  for (const auto& entry : models) known.push_back(entry.first);
  const auto nearest = nearest_word(name, known);
  throw UsageError(fmt::format("config key '{}': no model '{}' in `models`{}", key, name,
                               nearest ? fmt::format("; did you mean '{}'?", *nearest) : ""));
}

}  // namespace recon
