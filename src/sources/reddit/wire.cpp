#include "wire.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace recon {
namespace {

bool is_base_36(std::string_view id) {
  constexpr std::size_t longest = 13;  // of a 64-bit number
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

/// An integer, a string or a float, as the months of the archive have it.
std::optional<std::int64_t> seconds_of(const Json& value) {
  double seconds = 0;
  if (value.is_number()) {
    seconds = value.get<double>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  constexpr double latest = 1e11;  // some thousand years from now
  if (!(seconds >= 0 && seconds < latest)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(seconds));
}

std::string said(const Json& error) {
  constexpr std::size_t longest = 200;
  if (!error.is_string()) return fmt::format("an error that is {} instead of text", error.type_name());
  return collapse_white_space(
      replace_invalid_utf8(std::string_view(error.get_ref<const std::string&>()).substr(0, longest)));
}

}  // namespace

bool is_archive_name(std::string_view name) {
  constexpr std::size_t prefix = 3;
  return (name.starts_with("t1_") || name.starts_with("t3_")) && is_base_36(name.substr(prefix));
}

std::vector<ArchivedItem> parse_archive_reply(std::string_view body) {
  const Json reply = Json::parse(body, nullptr, false);
  if (reply.is_discarded()) throw RunError("the body is not valid JSON; it may have been cut");
  if (!reply.is_object()) throw RunError(fmt::format("found {}, expected an object", reply.type_name()));
  if (const auto error = reply.find("error"); error != reply.end() && !error->is_null())
    throw RunError(fmt::format("the server says: {}", said(*error)));
  const auto data = reply.find("data");
  if (data == reply.end() || !data->is_array()) throw RunError("found no list 'data'");
  std::vector<ArchivedItem> items;
  for (const Json& entry : *data) {
    const auto id = entry.is_object() ? entry.find("id") : entry.end();
    if (!entry.is_object() || id == entry.end() || !id->is_string() ||
        !is_base_36(id->get_ref<const std::string&>()))
      throw RunError(fmt::format("data[{}] has no id in base 36", items.size()));
    const auto created = entry.find("created_utc");
    items.push_back({id->get<std::string>(), created == entry.end() ? std::nullopt : seconds_of(*created)});
  }
  return items;
}

}  // namespace recon
