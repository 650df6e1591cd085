#include "sitting.hpp"

#include "recon/core/dates.hpp"
#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "columns.hpp"
#include "commons_offices.hpp"
#include "names.hpp"
#include "podcast/transcript.hpp"
#include "text.hpp"
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

/// A heading of the House's other business, by its title in lower case. Topics of questions may be called so,
/// too ("Fixed-term Parliaments Bill"): this is for headings that end the questions unless they prove not to.
bool names_other_business(std::string_view title) {
  constexpr std::array<std::string_view, 8> starts = {
      "petition",   "adjournment", "deferred division",     "opposition day",
      "ten minute", "privilege",   "delegated legislation", "business before"};
  const std::string lower = ascii_lower_case(title);
  const auto begins = [&](std::string_view start) { return lower.starts_with(start); };
  if (is_other_business(lower) || std::any_of(starts.begin(), starts.end(), begins)) return true;
  return lower.ends_with("statement") || lower.ends_with(" bill") ||
         lower.find(" bill ") != std::string::npos || lower.find(" bill:") != std::string::npos;
}

/// True for what an answer never holds at its beginning, and other business does.
bool opens_other_business(std::string_view text) {
  constexpr std::size_t opening = 250;
  constexpr std::array<std::string_view, 10> phrases = {
      "statement",        "with permission", "beg to move", "report to the house", "update the house",
      "inform the house", "pay tribute",     "mr speaker",  "mr. speaker",         "madam"};
  const std::string lower = ascii_lower_case(text.substr(0, opening));
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

/// An answer, or the rest of one: a statement is several times as long.
bool is_like_an_answer(std::string_view text) {
  constexpr std::size_t longest_answer = 250;  // words; the average is 100
  return !opens_other_business(text) && count_words(text) <= longest_answer;
}

/// A supplementary question: nobody thanks for a statement in it, or moves anything.
bool is_like_a_question(const PmqSpeech& speech) {
  constexpr std::size_t longest_question = 250;
  return speech.question ||
         (speech.text.find('?') != std::string::npos && !opens_other_business(speech.text) &&
          count_words(speech.text) <= longest_question);
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
      : date_(date), people_(people) {
    for (PmqSection& section : sections) {
      (section.later ? later_ : sections_).push_back(std::move(section));
    }
  }

  PmqOutcome make() {
    find_prime_minister();
    take_in_later_sections();
    mark_glued_columns(sections_);
    for (PmqSection& section : sections_) {
      for (PmqSpeech& speech : section.speeches) clean(speech);
    }
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
  std::vector<PmqSection> sections_;  ///< of the questions
  std::vector<PmqSection> later_;     ///< of the rest of the day, until those of the questions are found
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

  [[nodiscard]] bool is_of_prime_minister(const PmqSpeech& speech) const {
    if (prime_minister_.empty()) return false;
    return has_role(speech, PmqRole::prime_minister) ||
           parse_attribution(speech.attribution).name == prime_minister_;
  }

  /// The speeches that count where it is asked who goes on: with words, and not of the chair.
  static std::vector<const PmqSpeech*> spoken(const std::vector<PmqSection>& sections, std::size_t heading) {
    std::vector<const PmqSpeech*> found;
    for (const PmqSection& section : sections) {
      if (section.heading != heading) continue;
      for (const PmqSpeech& speech : section.speeches) {
        if (!trim(speech.text).empty() && !has_role(speech, PmqRole::chair)) found.push_back(&speech);
      }
    }
    return found;
  }

  /// Whether `speeches`, which a heading parts from `last`, can only be more of the questions: the Prime
  /// Minister answers what was asked before it, or somebody goes on with what the heading interrupted.
  [[nodiscard]] bool go_on(const PmqSpeech* last, const std::vector<const PmqSpeech*>& speeches) const {
    if (last == nullptr || speeches.empty()) return false;
    const PmqSpeech& first = *speeches.front();
    const PmqSpeech* next = speeches.size() > 1 ? speeches[1] : nullptr;
    if (is_of_prime_minister(first)) {
      if (!is_like_an_answer(first.text)) return false;
      if (!is_of_prime_minister(*last)) return true;
      return next != nullptr && !is_of_prime_minister(*next) && is_like_a_question(*next);
    }
    const bool same_person = first.attribution == last->attribution && first.speaker == last->speaker;
    return same_person && is_like_a_question(first) && next != nullptr && is_of_prime_minister(*next) &&
           is_like_an_answer(next->text);
  }

  /// The order paper numbers questions to the Prime Minister in the questions alone.
  [[nodiscard]] bool answers_numbered_question(const std::vector<const PmqSpeech*>& speeches) const {
    bool asked = false;
    for (const PmqSpeech* speech : speeches) {
      if (asked && is_of_prime_minister(*speech)) return true;
      asked = asked || speech->question;
    }
    return false;
  }

  /// A heading that was read out in an answer may stand as one of the House: what is below it goes on with
  /// the questions where that is certain. Elsewhere the Prime Minister's speeches are counted.
  void take_in_later_sections() {
    bool left = false;
    for (std::size_t begin = 0; begin < later_.size();) {
      const std::size_t heading = later_[begin].heading;
      std::size_t end = begin;
      while (end < later_.size() && later_[end].heading == heading) ++end;
      const std::vector<const PmqSpeech*> speeches = spoken(later_, heading);
      const bool other = names_other_business(later_[begin].title);
      const bool more =
          !other && (answers_numbered_question(speeches) || (!left && go_on(last_of_questions(), speeches)));
      if (more) {
        drop("heading in the middle of the questions");
        const std::size_t questions = sections_.empty() ? heading : sections_.back().heading;
        for (std::size_t i = begin; i < end; ++i) {
          later_[i].heading = questions;
          sections_.push_back(std::move(later_[i]));
        }
      } else {
        left = true;
        const auto of_prime_minister = std::count_if(
            speeches.begin(), speeches.end(), [&](const PmqSpeech* s) { return is_of_prime_minister(*s); });
        if (of_prime_minister > 0) {
          drop("speech of the Prime Minister after the questions were left",
               static_cast<std::size_t>(of_prime_minister));
        }
      }
      begin = end;
    }
    later_.clear();
  }

  [[nodiscard]] const PmqSpeech* last_of_questions() const {
    if (sections_.empty()) return nullptr;
    const std::vector<const PmqSpeech*> speeches = spoken(sections_, sections_.back().heading);
    return speeches.empty() ? nullptr : speeches.back();
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

  /// Where the questions end within the section: at its first speech that belongs to other business. `last`
  /// is the last speech before it.
  [[nodiscard]] std::size_t end_of_questions(const PmqSection& section, const PmqSpeech* last,
                                             const PmqNames& names) const {
    const std::vector<PmqSpeech>& speeches = section.speeches;
    if (section.statement || is_other_business(section.title)) return 0;
    const bool numbered =
        std::any_of(speeches.begin(), speeches.end(), [](const PmqSpeech& s) { return s.question; });
    bool first = true;
    bool after_question = false;
    const bool goes_on = go_on(last, words_of(section, names));
    for (std::size_t i = 0; i < speeches.size(); ++i) {
      const PmqSpeech& speech = speeches[i];
      if (speech.text.empty() || is_chair(speech, names)) continue;
      // Under every topic a member asks first. Where the Prime Minister begins, it is a statement, or a
      // heading stands in the middle of an answer.
      const bool opens = first && !numbered && !goes_on && !prime_minister_.empty() &&
                         names.author(speech) == prime_minister_;
      if (opens || is_urgent_question(speech.text) || (!after_question && announces_statement(speech.text)))
        return i;
      first = false;
      after_question = speech.question;
    }
    return speeches.size();
  }

  /// The speeches of a section with words that are not the chair's.
  [[nodiscard]] std::vector<const PmqSpeech*> words_of(const PmqSection& section,
                                                       const PmqNames& names) const {
    std::vector<const PmqSpeech*> found;
    for (const PmqSpeech& speech : section.speeches) {
      if (!speech.text.empty() && !is_chair(speech, names)) found.push_back(&speech);
    }
    return found;
  }

  /// Other business ends the questions: what follows under the same heading is none either. Debates of the
  /// API are headings of their own: a tribute before the questions leaves those alone.
  void cut_other_business(const PmqNames& names) {
    std::optional<std::size_t> ended;  // the heading
    const PmqSpeech* last = nullptr;
    for (PmqSection& section : sections_) {
      const std::size_t end = ended == section.heading ? 0 : end_of_questions(section, last, names);
      if (end == section.speeches.size()) {
        const std::vector<const PmqSpeech*> speeches = words_of(section, names);
        if (!speeches.empty()) last = speeches.back();
        continue;
      }
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
