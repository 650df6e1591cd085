#include "common_options.hpp"

#include <string_view>

#include <CLI/CLI.hpp>

namespace recon {

void ConfigOptions::declare(CLI::App& app) {
  app.add_option("-c,--config", config,
                 "Config file (YAML); given again, the later one lies over the earlier")
      ->required()
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  app.add_option("--run-dir", run_dir, "Run directory, instead of the config's run_dir")->type_name("DIR");
  app.add_option("--set", sets, "Override one config key (repeatable)")
      ->type_name("KEY.PATH=VALUE")
      ->expected(1)
      ->take_all();
}

RunConfig ConfigOptions::read(const ConfigDocument::Environment& environment) const {
  RunConfig result = RunConfig::read(ConfigDocument::load({config.begin(), config.end()}, sets, environment));
  if (!run_dir.empty()) result.run_dir = run_dir;
  return result;
}

std::string ConfigOptions::arguments() const {
  // As a shell takes it back.
  const auto quoted = [](const std::string& text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
  };
  std::string joined;
  for (const std::string& file : config) joined += " --config " + quoted(file);
  if (!run_dir.empty()) joined += " --run-dir " + quoted(run_dir);
  for (const std::string& set : sets) joined += " --set " + quoted(set);
  return joined;
}

CLI::Validator above_zero() {
  return {[](std::string& value) {
            const bool is_number =
                !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
            const bool is_zero = value.find_first_not_of('0') == std::string::npos;
            return is_number && !is_zero ? std::string()
                                         : "found '" + value + "', expected a whole number above 0";
          },
          ""};
}

}  // namespace recon
