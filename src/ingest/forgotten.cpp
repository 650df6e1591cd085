#include "recon/ingest/forgotten.hpp"

#include "recon/core/digest.hpp"
#include "recon/core/error.hpp"
#include "recon/core/files.hpp"
#include "recon/core/json.hpp"
#include "recon/ingest/pseudonyms.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace recon {

namespace {

std::string item_digest(std::string_view id) {
  DigestBuilder builder;
  return builder.field("recon forgotten item").field(id).finish().hex();
}

void read_list(const Json& value, const char* name, const std::filesystem::path& file,
               std::set<std::string>& entries) {
  const auto found = value.find(name);
  if (found == value.end() || !found->is_array()) {
    throw RunError(
        fmt::format("{}: expected a list '{}'; restore the file, or forget again what must be forgotten",
                    file.string(), name));
  }
  for (const Json& entry : *found) {
    if (!entry.is_string()) throw RunError(fmt::format("{}: '{}' holds no strings", file.string(), name));
    entries.insert(entry.get<std::string>());
  }
}

}  // namespace

std::filesystem::path forgotten_file(const std::filesystem::path& run_directory) {
  return run_directory / "forgotten.json";
}

Forgotten Forgotten::read(const std::filesystem::path& file) {
  Forgotten list;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (error) throw RunError(fmt::format("{}: can't be looked at: {}", file.string(), error.message()));
    return list;
  }
  const Json value = Json::parse(read_file(file), nullptr, false);
  if (!value.is_object()) {
    throw RunError(
        fmt::format("{}: not valid JSON; restore it, or forget again what must be forgotten", file.string()));
  }
  read_list(value, "authors", file, list.authors_);
  read_list(value, "items", file, list.items_);
  read_list(value, "pending", file, list.pending_);
  return list;
}

void Forgotten::write(const std::filesystem::path& file) const {
  write_file(file, Json{{"authors", authors_}, {"items", items_}, {"pending", pending_}}.dump(2) + "\n");
}

void Forgotten::add_author(std::string_view author) { authors_.insert(pseudonym_of(author)); }
void Forgotten::add_item(std::string_view id) { items_.insert(item_digest(id)); }

bool Forgotten::has_author(std::string_view author) const {
  return !authors_.empty() && authors_.contains(pseudonym_of(author));
}

bool Forgotten::has_item(std::string_view id) const {
  return !items_.empty() && !id.empty() && items_.contains(item_digest(id));
}

std::vector<std::string> Forgotten::entries() const {
  std::vector<std::string> all(authors_.begin(), authors_.end());
  all.insert(all.end(), items_.begin(), items_.end());
  return all;
}

std::size_t Forgotten::remove_from(Session& session) const {
  if (empty()) return 0;
  const std::size_t before = session.turns.size();
  if (has_item(session.session_id.str()) || has_item(session.group.str())) {
    session.turns.clear();
    return before;
  }
  if (!authors_.empty()) {
    constexpr std::size_t most_words_known = 1'000'000;
    if (known_words_.size() > most_words_known) known_words_.clear();
    const auto rename = [this](std::string_view name) {
      const auto [known, is_new] = known_words_.try_emplace(std::string(name), false);
      if (is_new) known->second = has_author(name);
      return known->second ? std::optional<std::string>("[forgotten]") : std::nullopt;
    };
    const Mentions mentions(authors_of(session), rename, Mentions::Words::every);
    session.title = mentions.replaced_in(session.title);
    for (Turn& turn : session.turns) turn.text = mentions.replaced_in(turn.text);
  }
  std::erase_if(session.turns,
                [&](const Turn& turn) { return has_author(turn.author) || has_item(turn.id); });
  return before - session.turns.size();
}

}  // namespace recon
