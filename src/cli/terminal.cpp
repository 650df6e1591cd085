#include "terminal.hpp"

#include "recon/core/standard_streams.hpp"

#include <charconv>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace recon {
namespace {

constexpr std::size_t least_width = 40;

std::size_t number_in(const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

PageStyle page_style(const ConfigDocument::Environment& environment) {
  const auto value_of = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  PageStyle style;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  style.colour = terminal && value_of("NO_COLOR").empty() && value_of("TERM") != "dumb";
  std::size_t width = number_in(value_of("COLUMNS"));
  winsize size{};
  if (width == 0 && terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  if (width >= least_width) style.width = width;
  return style;
}

void print(std::string_view text) {
  try {
    write_standard_output(text);
    flush_standard_output();
  } catch (const OutputClosed&) {  // NOLINT(bugprone-empty-catch): `recon stats | head` has what it wanted
  }
}

}  // namespace recon
