#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sitting.hpp"

namespace recon {

enum class PmqRole { nobody, member, office, prime_minister, chair };

/// What an attribution says: "The Prime Minister (Mr. Tony Blair)", "Jane Doe (Anytown) (Lab)", "Mr Speaker".
struct Attribution {
  PmqRole role = PmqRole::nobody;
  std::string printed;  ///< without what stands in parentheses
  std::string name;     ///< plain; empty for an office alone
  std::string seat;     ///< the first parenthesis after a member's name: only a first mention has one
};

[[nodiscard]] Attribution parse_attribution(std::string_view text);

/// The name without "Mr", "Sir", "Rt hon." and the like: "Mr. Tony Blair" -> "Tony Blair".
[[nodiscard]] std::string plain_name(std::string_view text);

/// Gives every person of a sitting one name: the plain one of the first full mention.
class PmqNames {
 public:
  /// `prime_minister` may be empty: nobody of the sitting is.
  PmqNames(std::string prime_minister, const std::vector<PmqSection>& sections);
  /// Empty for nobody.
  [[nodiscard]] std::string author(const PmqSpeech& speech) const;

 private:
  std::string prime_minister_;
  std::map<std::string, std::string> by_speaker_;
  std::map<std::string, std::string> by_office_;
  std::map<std::string, std::string> owners_;               ///< author -> speaker id, which may be empty
  std::map<std::string, std::set<std::string>> by_ending_;  ///< "Clifton-Brown" -> the authors it may mean

  void add_mention(const PmqSpeech& speech, bool complete);
  [[nodiscard]] std::string unclaimed(const std::string& name, const std::string& speaker,
                                      const std::string& mark) const;
};

}  // namespace recon
