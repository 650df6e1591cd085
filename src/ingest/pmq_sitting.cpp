#include "pmq_sitting.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "commons_offices.hpp"
#include "dates.hpp"
#include "pmq_columns.hpp"
#include "pmq_names.hpp"
#include "pmq_text.hpp"
#include "transcript.hpp"
#include <fmt/format.h>

namespace recon {

namespace {

/// "2016-05-11" -> "11 May 2016"
std::string long_date(const std::string& date) {
  return fmt::format("{} {} {}", std::stoi(date.substr(8, 2)), month_name(std::stoi(date.substr(5, 2))),
                     date.substr(0, 4));
}

/// What may follow the questions under their heading, by its title in lower case.
bool is_other_business(const std::string& title) {
  constexpr std::array<std::string_view, 10> titles = {
      "point of order",     "points of order",    "royal assent",        "business of the house",
      "business statement", "personal statement", "speaker's statement", "speaker’s statement",
      "bills presented",    "new member"};
  const std::string lower = ascii_lower_case(title);
  return std::any_of(titles.begin(), titles.end(), [&](std::string_view t) { return lower.starts_with(t); });
}

/// "With permission, Mr Speaker, I should like to make a statement": no answer begins so.
bool announces_statement(std::string_view text) {
  constexpr std::size_t opening = 250;
  const std::string lower = ascii_lower_case(text.substr(0, opening));
  for (const std::string_view phrase : {"with permission", "with your permission"}) {
    const std::size_t at = lower.find(phrase);
    constexpr std::size_t latest = 25;  // behind "Madam Deputy Speaker, "
    if (at <= latest && lower.find("statement", at) != std::string::npos) return true;
  }
  return false;
}

bool is_urgent_question(std::string_view text) {
  return ascii_lower_case(text.substr(0, 20)).starts_with("(urgent question)");
}

/// Calls for order and for the next member. "I call on the Prime Minister" is a member's.
bool is_call(std::string_view text) {
  return text.starts_with("Order.") || text.starts_with("Order!") || text.starts_with("Order,") ||
         (text.starts_with("I call ") && !text.starts_with("I call on ") && !text.starts_with("I call for "));
}

bool has_role(const PmqSpeech& speech, PmqRole role) {
  return parse_attribution(speech.attribution).role == role || parse_attribution(speech.office).role == role;
}

class SittingMaker {
 public:
  SittingMaker(const std::string& date, std::vector<PmqSection> sections, const PmqPeople& people)
      : date_(date), sections_(std::move(sections)), people_(people) {
    mark_glued_columns(sections_);
    for (PmqSection& section : sections_) {
      for (PmqSpeech& speech : section.speeches) clean(speech);
    }
  }

  PmqOutcome make() {
    find_prime_minister();
    const PmqNames names(prime_minister_, sections_);
    find_chairs(names);
    cut_other_business(names);
    Transcript transcript;
    std::size_t answers = 0;
    for (const PmqSection& section : sections_) {
      for (const PmqSpeech& speech : section.speeches) {
        if (add(speech, names, transcript)) ++answers;
      }
    }
    if (transcript.turns().empty()) {
      outcome_.skipped = "no Prime Minister's questions";
    } else if (answers == 0) {
      outcome_.skipped = "the Prime Minister did not answer";
    } else {
      give(transcript.take());
    }
    return std::move(outcome_);
  }

 private:
  const std::string& date_;
  std::vector<PmqSection> sections_;
  const PmqPeople& people_;
  PmqOutcome outcome_;
  std::string prime_minister_;    ///< empty where nobody of the sitting is
  std::set<std::string> chairs_;  ///< authors

  void drop(const std::string& reason, std::size_t count = 1) { outcome_.dropped[reason] += count; }

  static void clean(PmqSpeech& speech) {
    if (speech.question) speech.text = std::string(without_question_number(speech.text));
    speech.text = clean_pmq_text(speech.text);
  }

  template <class Use>
  void for_each_speech(const Use& use) const {
    for (const PmqSection& section : sections_) {
      for (const PmqSpeech& speech : section.speeches) use(speech);
    }
  }

  void find_prime_minister() {
    bool attributed = false;
    bool offices = false;
    std::string known;
    for_each_speech([&](const PmqSpeech& speech) {
      const Attribution who = parse_attribution(speech.attribution);
      offices = offices || who.role == PmqRole::office || !speech.office.empty();
      if (!has_role(speech, PmqRole::prime_minister)) return;
      attributed = true;
      if (prime_minister_.empty()) prime_minister_ = who.name;
      const auto found = people_.prime_ministers.find(speech.speaker);
      if (known.empty() && found != people_.prime_ministers.end()) known = found->second;
    });
    if (prime_minister_.empty()) prime_minister_ = known;
    if (prime_minister_.empty()) prime_minister_ = in_office();
    // Where offices are stated and nobody has this one, the Prime Minister was not there.
    if (prime_minister_.empty() && (attributed || !offices)) {
      throw RunError(fmt::format(
          "the source does not name the Prime Minister of {}; expected an office 'The Prime Minister (NAME)' "
          "or a user whose from/to covers the day; add the Prime Minister of that day to users",
          date_));
    }
  }

  /// By the facts known here, else by the config.
  [[nodiscard]] std::string in_office() const {
    if (const auto name = prime_minister_at_questions(date_)) return std::string(*name);
    for (const UserConfig& user : people_.users) {
      const bool bounded = user.from || user.to;
      if (bounded && (!user.from || *user.from <= date_) && (!user.to || date_ < *user.to)) return user.name;
    }
    return {};
  }

  /// The chair by name: from the facts known here, or as the one who only keeps order.
  void find_chairs(const PmqNames& names) {
    bool chair_named = false;
    std::map<std::string, bool> only_calls;
    for_each_speech([&](const PmqSpeech& speech) {
      if (speech.text.empty()) return;
      if (has_role(speech, PmqRole::chair)) {
        chair_named = true;
        return;
      }
      const std::string author = names.author(speech);
      if (held_the_chair(author, date_)) chairs_.insert(author);
      bool& calls = only_calls.try_emplace(author, true).first->second;
      calls = calls && !speech.question && is_call(speech.text);
    });
    if (chair_named || !chairs_.empty()) return;
    for (const auto& [author, calls] : only_calls) {
      if (calls && author != prime_minister_) chairs_.insert(author);
    }
  }

  [[nodiscard]] bool is_chair(const PmqSpeech& speech, const PmqNames& names) const {
    return has_role(speech, PmqRole::chair) || chairs_.contains(names.author(speech));
  }

  /// Where the questions end within the section: at its first speech that belongs to other business.
  [[nodiscard]] std::size_t end_of_questions(const PmqSection& section, const PmqNames& names) const {
    const std::vector<PmqSpeech>& speeches = section.speeches;
    if (section.statement || is_other_business(section.title)) return 0;
    const bool numbered =
        std::any_of(speeches.begin(), speeches.end(), [](const PmqSpeech& s) { return s.question; });
    bool first = true;
    bool after_question = false;
    for (std::size_t i = 0; i < speeches.size(); ++i) {
      const PmqSpeech& speech = speeches[i];
      if (speech.text.empty() || is_chair(speech, names)) continue;
      // Under every topic a member asks first. Where the Prime Minister begins, it is a statement.
      const bool opens =
          first && !numbered && !prime_minister_.empty() && names.author(speech) == prime_minister_;
      if (opens || is_urgent_question(speech.text) || (!after_question && announces_statement(speech.text)))
        return i;
      first = false;
      after_question = speech.question;
    }
    return speeches.size();
  }

  /// Other business ends the questions: what follows under the same heading is none either. Debates of the
  /// API are headings of their own: a tribute before the questions leaves those alone.
  void cut_other_business(const PmqNames& names) {
    std::optional<std::size_t> ended;  // the heading
    for (PmqSection& section : sections_) {
      const std::size_t end = ended == section.heading ? 0 : end_of_questions(section, names);
      if (end == section.speeches.size()) continue;
      ended = section.heading;
      drop("speech of other business after the questions", section.speeches.size() - end);
      section.speeches.resize(end);
    }
  }

  /// True for an answer by the Prime Minister.
  bool add(const PmqSpeech& speech, const PmqNames& names, Transcript& transcript) {
    if (is_chair(speech, names)) {
      drop("speech of the chair");
      return false;
    }
    const std::string author = names.author(speech);
    if (speech.text.empty()) {
      drop("speech without words");
    } else if (author.empty()) {
      drop("speech of nobody");
    } else {
      transcript.add(author, speech.text, "\n\n");
      return author == prime_minister_;
    }
    return false;
  }

  void give(std::vector<Turn> turns) {
    Session session;
    session.session_id = SessionId("pmq-" + date_);
    session.group = GroupId("pmq-" + date_);
    session.domain = "pmq";
    session.date = date_;
    session.title = "Prime Minister's Questions, " + long_date(date_);
    session.turns = std::move(turns);
    outcome_.session = std::move(session);
  }
};

}  // namespace

PmqOutcome make_pmq_session(const std::string& date, std::vector<PmqSection> sections,
                            const PmqPeople& people) {
  return SittingMaker(date, std::move(sections), people).make();
}

}  // namespace recon
