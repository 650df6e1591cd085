#pragma once

#include "recon/core/integer_range.hpp"
#include "recon/core/json_fwd.hpp"

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace recon {

class ConfigSection;

/// A key that decides what a run's files hold, with other values of it (YAML). A test changes the key to each
/// in a small world that it makes (tests/cli/changed_key_test.cpp), where the files must then be those of a
/// fresh run with that value, and others than before.
struct Decides {
  std::vector<std::string> others;
  Decides(std::initializer_list<std::string> values) : others(values) {}
};

/// Why a key decides nothing of what a run's files hold.
enum class Because {
  place,        ///< it says where files are kept
  credentials,  ///< it names a secret
  pace,         ///< how fast and how patiently models and archives are asked: concurrency, limits, attempts
  sending,      ///< how a question is sent, not what is asked
  money,        ///< prices and budgets
  downloading,  ///< it belongs to `recon download` alone
};
[[nodiscard]] std::string_view to_string(Because reason);

/// A key that does not, with another value (YAML) under which every stage must stay up to date.
struct Irrelevant {
  Because reason;
  std::string other;
};

/// What the declaration of a key says of its part in the output. A test fails on keys that say nothing.
using Bearing = std::variant<std::monostate, Decides, Irrelevant>;

/// A key of the config as it was declared. In `path` free names and places in lists are `*`:
/// `models.*.temperature`, `users.*.name`.
struct KeyDeclaration {
  std::string path;
  Bearing bearing;
};

/// A YAML config with overrides applied: flag (`--set a.b=value`) > environment (`RECON_A__B=value`, upper
/// case, two underscores between levels) > later file > first file. Reading is strict: `ConfigSection`
/// refuses unknown and ill-typed keys.
class ConfigDocument {
 public:
  using Environment = std::map<std::string, std::string>;

  /// Throws UsageError for a missing file, wrong YAML, duplicate keys or an override that names no path.
  /// Of several files each lies over those before it: its mappings are merged into theirs, its lists and
  /// plain values stand instead of theirs.
  static ConfigDocument load(const std::vector<std::filesystem::path>& files,
                             const std::vector<std::string>& sets, const Environment& environment);
  static ConfigDocument parse(const std::string& yaml, const std::string& name,
                              const std::vector<std::string>& sets = {}, const Environment& environment = {});
  /// The same for files given as (name, content).
  static ConfigDocument parse(const std::vector<std::pair<std::string, std::string>>& files,
                              const std::vector<std::string>& sets, const Environment& environment);
  /// An empty document in which required keys may be missing: for collecting the schema.
  static ConfigDocument describing();

  [[nodiscard]] ConfigSection root() const;
  /// The document with its overrides, as JSON.
  [[nodiscard]] Json as_json() const;
  /// JSON schema of everything that was read from this document so far.
  [[nodiscard]] Json schema() const;
  /// Every key with a value of its own that was read from this document so far, each once. Sections, lists
  /// and entries are no keys of their own, only what stands in them.
  [[nodiscard]] const std::vector<KeyDeclaration>& declarations() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// One mapping of the config. Each key is declared once, with its documentation, by reading it; `finish`
/// (also called by nested use of `section`, `entries` and `list`) refuses keys that were not declared and
/// names the nearest one. All errors are UsageError "FILE:LINE: key 'a.b': ...".
class ConfigSection {
 public:
  /// The key if present, else `out` keeps its value, which is the default. `bearing` says what the key means
  /// for the output.
  void value(std::string_view key, std::string& out, std::string_view doc, const Bearing& bearing = {});
  void value(std::string_view key, double& out, std::string_view doc, const Bearing& bearing = {});
  void value(std::string_view key, int& out, std::string_view doc, const Bearing& bearing = {});
  void value(std::string_view key, std::uint64_t& out, std::string_view doc, const Bearing& bearing = {});
  void value(std::string_view key, bool& out, std::string_view doc, const Bearing& bearing = {});
  void value(std::string_view key, std::vector<std::string>& out, std::string_view doc,
             const Bearing& bearing = {});
  /// As above; YAML `null` gives nullopt.
  void value(std::string_view key, std::optional<std::string>& out, std::string_view doc,
             const Bearing& bearing = {});
  void value(std::string_view key, std::optional<double>& out, std::string_view doc,
             const Bearing& bearing = {});
  void value(std::string_view key, std::optional<int>& out, std::string_view doc,
             const Bearing& bearing = {});
  void value(std::string_view key, std::optional<std::uint64_t>& out, std::string_view doc,
             const Bearing& bearing = {});
  /// Two integers, `[least, most]`, the first not above the second and both at least `smallest`, or `null`.
  void range(std::string_view key, std::optional<IntegerRange>& out, int smallest, std::string_view doc,
             const Bearing& bearing = {});
  /// Any YAML as JSON (for `extra_body`).
  void value(std::string_view key, Json& out, std::string_view doc, const Bearing& bearing = {});
  /// One of the named choices.
  void choice(std::string_view key, std::string& out, const std::vector<std::string>& choices,
              std::string_view doc, const Bearing& bearing = {});
  /// Like `value`, but the key must be there.
  void required(std::string_view key, std::string& out, std::string_view doc, const Bearing& bearing = {});

  /// A nested mapping, read by `read`; empty where the key is missing, so that defaults are declared all the
  /// same.
  void section(std::string_view key, std::string_view doc, const std::function<void(ConfigSection&)>& read);
  /// A mapping from free names to mappings (as `models`), in file order.
  void entries(std::string_view key, std::string_view doc,
               const std::function<void(const std::string& name, ConfigSection&)>& read);
  /// A list of mappings (as `users`).
  void list(std::string_view key, std::string_view doc, const std::function<void(ConfigSection&)>& read);
  /// A mapping from free names to strings (as `prompts`).
  void strings(std::string_view key, std::map<std::string, std::string>& out, std::string_view doc,
               const Bearing& bearing = {});

  [[nodiscard]] bool has(std::string_view key) const;
  /// True while only the schema is collected.
  [[nodiscard]] bool describing() const;
  /// "FILE:LINE: key 'a.b'" of the key or, where it is missing, of this section.
  [[nodiscard]] std::string where(std::string_view key) const;
  /// Refuses undeclared keys.
  void finish();

  struct State;
  explicit ConfigSection(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

}  // namespace recon
