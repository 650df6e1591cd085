#pragma once

#include "recon/core/digest.hpp"
#include "recon/core/integer_range.hpp"
#include "recon/core/json.hpp"
#include "recon/records/records.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recon {

/// A message of a prompt, before it becomes a model's Message (the prompts layer does not know the model
/// layer).
struct PromptMessage {
  enum class Role { system, user };
  Role role = Role::user;
  std::string content;
};
using Prompt = std::vector<PromptMessage>;

enum class PromptName { backward, reconstruct, judge_listwise, generate, judge_pairwise, leak };
[[nodiscard]] const char* to_string(PromptName name);
/// The inverse; `judge` stands for `judge_listwise`.
[[nodiscard]] std::optional<PromptName> prompt_name_from(std::string_view name);

/// Whether the prompt can show text of other pairs than the one it is about: examples, or what was made of
/// them. What is forgotten must go from its answers as well.
[[nodiscard]] bool shows_other_pairs(PromptName name);

enum class Dimension { style, intent, values };

/// An example of a generation prompt: a train pair with its context already cut, and a method's trace (none
/// for the floor `none`, examples without traces).
struct Example {
  const Pair* pair = nullptr;
  std::vector<Turn> context;
  std::optional<std::string> reasoning;
  ContextGap gap = ContextGap::none;  ///< of `context`
};

/// How a judge is to reply: what its prompt shows and its schema asks for.
struct ReplyForm {
  /// In the order in which the definitions and the reply's fields stand; the field `overall` is the last one.
  std::array<Dimension, 3> dimensions{Dimension::style, Dimension::intent, Dimension::values};
  /// Whether the reply's first field is `why`, a reason in the judge's words.
  bool explain = false;
};

/// The one place that decides what a model sees. Templates are compiled in; a file overrides one. Rendering
/// is a pure function. Contexts are XML, an element a turn labelled with its author, the user's own turns
/// `I`; text is escaped. Where a context was cut an element of ours says so, outside of any turn.
class Prompts {
 public:
  /// `overrides` maps a prompt's name to a file. Throws UsageError for an unknown name, an unreadable file, a
  /// template that does not parse or that leaves out a variable the prompt needs.
  explicit Prompts(const std::map<std::string, std::filesystem::path>& overrides = {});
  ~Prompts();
  Prompts(const Prompts&) = delete;
  Prompts& operator=(const Prompts&) = delete;

  /// Digest of a template with all domain texts: changes when the rendered prompt could.
  [[nodiscard]] Digest digest(PromptName name) const;

  /// Context + true action -> reasoning (C.1). Also used for the candidates (C.2). `words` is the length
  /// asked for; none is asked for without it.
  [[nodiscard]] Prompt backward(const Pair& pair, const std::optional<IntegerRange>& words = {}) const;
  /// Context + reasoning -> action, the true action withheld (C.2).
  [[nodiscard]] Prompt reconstruct(const Pair& pair, std::string_view reasoning) const;
  /// All reconstructions of a pair, in the order shown, against the true action (C.2).
  [[nodiscard]] Prompt judge_listwise(const Pair& pair, const std::vector<std::string>& shown,
                                      const ReplyForm& form) const;
  /// Examples + test context -> action (D.2); the test context comes last.
  [[nodiscard]] Prompt generate(const Pair& test, const std::vector<Example>& examples) const;
  /// Two actions, in the order shown, against the true action (D.3).
  [[nodiscard]] Prompt judge_pairwise(const Pair& test, std::string_view shown_a, std::string_view shown_b,
                                      const ReplyForm& form) const;
  /// For the leak measure (DESIGN section 9): reasoning -> action without any context; and with neither.
  [[nodiscard]] Prompt leak(const Pair& pair, const std::optional<std::string>& reasoning) const;

  /// What is embedded for a context: one "author: text" line a turn, the user's own turns labelled `I`.
  [[nodiscard]] static std::string retrieval_text(const Pair& pair);

  /// What a plain text reply says: trimmed, and with the entities that a model copied from its escaped prompt
  /// (`&amp;`, `&lt;`, `&#8217;`, ...) as characters again, once: `&amp;lt;` becomes `&lt;`. What names no
  /// character that a text may hold (a surrogate, a control character, an unknown name) stays.
  [[nodiscard]] static std::string plain_reply(std::string_view reply);

  /// Reply formats (DESIGN section 6) as JSON schemas. Servers that hold a reply to a schema write its fields
  /// in the schema's order.
  [[nodiscard]] static Json listwise_schema(std::size_t candidates, const ReplyForm& form);
  [[nodiscard]] static Json pairwise_schema(const ReplyForm& form);

  /// The domains that have texts of their own; any other gets the generic ones.
  [[nodiscard]] std::vector<std::string> domains() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recon
