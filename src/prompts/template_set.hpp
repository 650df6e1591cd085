#pragma once

#include "recon/prompts/prompts.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "template_text.hpp"

namespace recon {

/// A prompt's template: a system part and a user part. They are told apart by marker lines when the template
/// is read, long before any text of a conversation is filled in, so that such text cannot start a message of
/// its own.
///
/// Values are filled in as they are, once: whoever makes them has escaped them (xml.hpp), so that no form of
/// tag in an override can undo it.
class PromptTemplate {
 public:
  /// `origin` names the file in errors; `variables` are the names the template may use. Throws UsageError for
  /// anything wrong with the text.
  PromptTemplate(PromptName name, std::string_view source, std::string origin,
                 const std::vector<std::string>& variables);

  [[nodiscard]] Prompt render(const TemplateValues& values) const;

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::string& system_text() const { return system_.text; }
  [[nodiscard]] const std::string& user_text() const { return user_.text; }

 private:
  struct Part {
    std::string text;
    std::size_t first_line = 0;  ///< in the file, from 1; 0 = the part is not there
    TemplateText parsed;
  };
  void split(std::string_view source);
  void check_tags(const Part& part, const std::vector<std::string>& variables) const;
  void parse(Part& part, std::string_view what) const;

  PromptName name_;
  std::string origin_;
  Part system_;
  Part user_;
};

/// The prompts' names as the config knows them, in the order of PromptName.
[[nodiscard]] const std::vector<std::string>& prompt_names();

}  // namespace recon
