#include "recon/cli/command.hpp"
#include "recon/model/quantize.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace recon {

Command quantize_command() {
  return {"quantize", "Re-pack a GGUF model as Q8_0, the faster form on a CPU",
          [](CLI::App& app) -> std::function<ExitCode(CommandContext&)> {
            auto input = std::make_shared<std::string>();
            auto output = std::make_shared<std::string>();
            app.add_option("INPUT", *input, "GGUF file to read")->required();
            app.add_option("OUTPUT", *output, "GGUF file to write")->required();
            return [input, output](CommandContext& context) {
              quantize_model(*input, *output);
              context.log.info(fmt::format("wrote {}", *output));
              return ExitCode::done;
            };
          }};
}

}  // namespace recon
