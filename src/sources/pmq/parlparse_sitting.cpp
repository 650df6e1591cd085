#include "parlparse_sitting.hpp"

#include "recon/core/error.hpp"
#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

#include "file_form.hpp"
#include <expat.h>
#include <fmt/format.h>

namespace recon {

namespace {

constexpr std::string_view advice = "expected a day of ParlParse debates; fetch the file again";

/// The value of an attribute, or empty.
std::string_view attribute(const char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (name == attributes[0]) return attributes[1];
  }
  return {};
}

std::optional<int> column_number(std::string_view text) {
  int number = 0;
  if (text.empty() || text.size() > 5) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

constexpr std::string_view oral_answers = "oral answers to questions";

/// "Prime Minister", also behind "Oral Answers to Questions —" in one heading. `title` is in lower case.
bool is_prime_minister_heading(std::string_view title) {
  if (title.starts_with(oral_answers)) {
    title.remove_prefix(oral_answers.size());
    for (const std::string_view mark : {"—", "–", "-", ":"}) {
      title = trim(title);
      if (title.starts_with(mark)) title.remove_prefix(mark.size());
    }
  }
  title = trim(title);
  constexpr std::array<std::string_view, 5> titles = {
      "prime minister", "the prime minister", "prime minister's questions", "prime minister’s questions",
      "questions to the prime minister"};
  return std::find(titles.begin(), titles.end(), title) != titles.end();
}

/// What the elements of a day mean. Knows nothing of the parser.
class DayReader {
 public:
  explicit DayReader(std::string_view date) : date_(date) {}

  void start(std::string_view name, const char** attributes) {
    constexpr std::size_t deepest = 64;
    if (open_.empty() && name != "publicwhip") {
      throw RunError(fmt::format("found the element '{}' outermost, expected 'publicwhip'; {}",
                                 replace_invalid_utf8(name.substr(0, 60)), advice));
    }
    if (open_.size() >= deepest)
      throw RunError(fmt::format("elements lie more than {} deep; {}", deepest, advice));
    open_.emplace_back(name);
    if (open_.size() == 2) {
      start_item(name, attributes);
    } else if (!wanted_) {
      return;
    } else if (name == "p" || name == "tr" || name == "li") {
      text_ += "\n\n";
      if (name == "p" && !attribute(attributes, "qnum").empty()) speech_.question = true;
    } else if (name == "br" || name == "td" || name == "th") {
      text_ += ' ';
    }
  }

  void end() {
    const bool paragraph = open_.back() == "p";
    if (open_.size() == 2) end_item(open_.back());
    open_.pop_back();
    if (paragraph && wanted_) text_ += "\n\n";
  }

  void characters(std::string_view text) {
    if (wanted_) text_ += text;
  }

  std::vector<PmqSection> take() { return std::move(sections_); }

 private:
  std::string date_;
  std::vector<std::string> open_;
  std::vector<PmqSection> sections_;
  PmqSpeech speech_;
  std::string text_;
  std::size_t headings_ = 0;
  enum class Place { before, questions, after } place_ = Place::before;
  bool in_oral_answers_ = false;
  bool wanted_ = false;
  bool spoken_ = false;

  void start_item(std::string_view name, const char** attributes) {
    text_.clear();
    speech_ = {};
    const bool heading = name == "major-heading" || name == "minor-heading" || name == "oral-heading";
    wanted_ = heading || (place_ != Place::before && name == "speech");
    if (!wanted_) return;
    check_date(attribute(attributes, "id"));
    spoken_ = name == "speech" && attribute(attributes, "nospeaker") != "true";
    speech_.speaker = attribute(attributes, "person_id");
    if (speech_.speaker.empty()) speech_.speaker = attribute(attributes, "speakerid");
    if (speech_.speaker == "unknown") speech_.speaker.clear();
    speech_.attribution = attribute(attributes, "speakername");
    speech_.office = attribute(attributes, "speakeroffice");
    speech_.question = !attribute(attributes, "oral-qnum").empty();
    speech_.column = column_number(attribute(attributes, "colnum"));
  }

  /// A wrong date would put a sitting into the wrong tenure.
  void check_date(std::string_view id) const {
    constexpr std::string_view mark = "/debate/";
    const std::size_t at = id.find(mark);
    if (at == std::string_view::npos) return;
    const std::string_view found = id.substr(at + mark.size(), date_.size());
    if (found != date_) {
      throw RunError(fmt::format("the file's name says {}, its ids say {}; give the file its right name",
                                 date_, replace_invalid_utf8(found)));
    }
  }

  void end_item(std::string_view name) {
    if (name == "major-heading" || name == "oral-heading" || name == "minor-heading") {
      end_heading(name == "minor-heading");
    } else if (spoken_ && wanted_) {
      speech_.text = std::move(text_);
      sections_.back().speeches.push_back(std::move(speech_));
    }
    wanted_ = spoken_ = false;
    text_.clear();
  }

  void end_heading(bool minor) {
    std::string title = collapse_white_space(text_);
    const std::string lower = ascii_lower_case(title);
    // A department stands below the oral answers in a heading of either kind.
    if (is_prime_minister_heading(lower) && (!minor || (in_oral_answers_ && place_ != Place::questions))) {
      place_ = Place::questions;
      add_section({}, true);
    } else if (place_ != Place::before) {
      // The usual first topic is one of theirs, whatever its heading is called.
      const bool topic = minor || (place_ == Place::questions && lower == "engagements");
      if (!topic) place_ = Place::after;
      add_section(std::move(title), !topic);
    }
    if (!minor) in_oral_answers_ = lower.starts_with(oral_answers);
  }

  void add_section(std::string title, bool new_heading) {
    if (new_heading) ++headings_;
    PmqSection section;
    section.title = std::move(title);
    section.heading = headings_;
    section.later = place_ == Place::after;
    sections_.push_back(std::move(section));
  }
};

/// Runs expat over a day. Exceptions wait until the C code has returned.
class DayParser {
 public:
  explicit DayParser(std::string_view date) : day_(date), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    if (parser_ == nullptr) throw RunError("the XML parser could not be created; free some memory");
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_characters);
    XML_SetEntityDeclHandler(parser_.get(), on_entity);
    // With an external DTD expat takes unknown entities for empty: text would be lost without a word.
    XML_SetSkippedEntityHandler(parser_.get(), on_skipped_entity);
  }

  std::vector<PmqSection> parse(std::string_view content) {
    if (content.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw RunError("more than 2 GiB; expected one day of debates");
    }
    const XML_Status status =
        XML_Parse(parser_.get(), content.data(), static_cast<int>(content.size()), XML_TRUE);
    if (failure_) std::rethrow_exception(failure_);
    if (status != XML_STATUS_OK) {
      throw RunError(fmt::format("no valid XML at line {}: {}; {}", XML_GetCurrentLineNumber(parser_.get()),
                                 XML_ErrorString(XML_GetErrorCode(parser_.get())), advice));
    }
    return day_.take();
  }

 private:
  DayReader day_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, void (*)(XML_Parser)> parser_;
  std::exception_ptr failure_;

  template <class Work>
  static void guarded(void* self_pointer, const Work& work) noexcept {
    auto& self = *static_cast<DayParser*>(self_pointer);
    if (self.failure_) return;
    try {
      work(self);
    } catch (...) {
      self.failure_ = std::current_exception();
      if (XML_StopParser(self.parser_.get(), XML_FALSE) != XML_STATUS_OK) return;  // it has ended already
    }
  }

  static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    guarded(self, [&](DayParser& parser) { parser.day_.start(name, attributes); });
  }
  static void XMLCALL on_end(void* self, const XML_Char* /*name*/) {
    guarded(self, [&](DayParser& parser) { parser.day_.end(); });
  }
  static void XMLCALL on_characters(void* self, const XML_Char* text, int length) {
    guarded(self, [&](DayParser& parser) {
      parser.day_.characters({text, static_cast<std::size_t>(length)});
    });
  }
  static void XMLCALL on_skipped_entity(void* self, const XML_Char* name, int /*is_parameter*/) {
    guarded(self, [&](DayParser& /*parser*/) {
      throw RunError(fmt::format("the entity '{}' is not declared in the file; {}", name, advice));
    });
  }

  /// Entities of this format are single characters. One that holds others could grow without bound.
  static void XMLCALL on_entity(void* self, const XML_Char* name, int /*is_parameter*/, const XML_Char* value,
                                int length, const XML_Char* /*base*/, const XML_Char* /*system*/,
                                const XML_Char* /*public_id*/, const XML_Char* /*notation*/) {
    guarded(self, [&](DayParser& /*parser*/) {
      constexpr int longest = 16;
      // One outside the file has no value: expat would take it for empty.
      const std::string_view text =
          value == nullptr ? std::string_view() : std::string_view(value, static_cast<std::size_t>(length));
      const bool numbered = text.starts_with("&#") && text.find('&', 1) == std::string_view::npos;
      if (text.empty() || length > longest || (text.find('&') != std::string_view::npos && !numbered)) {
        throw RunError(fmt::format("the entity '{}' is no single character; {}", name, advice));
      }
    });
  }
};

}  // namespace

std::vector<PmqSection> parse_parlparse_sitting(std::string_view content, std::string_view date) {
  // The parser reads UTF-16.
  const bool is_utf16 = content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF");
  if (!is_utf16) refuse_foreign_form(content, "a day of ParlParse debates", Pages::expected);
  return DayParser(date).parse(content);
}

}  // namespace recon
