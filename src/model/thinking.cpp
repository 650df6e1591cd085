#include "recon/model/thinking.hpp"

#include "recon/core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace recon {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t nowhere = std::string_view::npos;

struct Marks {
  std::string_view open;
  std::string_view close;
};

/// Case and white space inside the marks do not count. Of two that begin alike the longer comes first.
constexpr std::array thinking_marks{
    Marks{"<think>", "</think>"},
    Marks{"<thinking>", "</thinking>"},
    Marks{"<thought>", "</thought>"},
    Marks{"<thoughts>", "</thoughts>"},
    Marks{"<thought_process>", "</thought_process>"},
    Marks{"<reasoning>", "</reasoning>"},
    Marks{"<reflection>", "</reflection>"},
    Marks{"<scratchpad>", "</scratchpad>"},
    Marks{"<antthinking>", "</antthinking>"},
    Marks{"<seed:think>", "</seed:think>"},
    Marks{"[think]", "[/think]"},
    Marks{"[thinking]", "[/thinking]"},
    Marks{"[thought]", "[/thought]"},
    Marks{"[reasoning]", "[/reasoning]"},
    Marks{"\u25c1think\u25b7", "\u25c1/think\u25b7"},
    Marks{"<|begin_of_thought|>", "<|end_of_thought|>"},
    Marks{"<|start_of_thought|>", "<|end_of_thought|>"},
    Marks{"<|start_thinking|>", "<|end_thinking|>"},
    Marks{"<|begin_thinking|>", "<|end_thinking|>"},
    Marks{"<|thinking|>", "<|/thinking|>"},
    Marks{"<|think|>", "<|/think|>"},
    Marks{"<|inner_prefix|>", "<|inner_suffix|>"},
    Marks{"<unused94>thought", "<unused95>"},
    Marks{"<|channel>thought", "<channel|>"},
};

struct AnswerMarks {
  Marks marks;
  bool is_token = false;  ///< of the model's vocabulary, never words of a text
};
constexpr std::array answer_marks{
    AnswerMarks{{"<|begin_of_solution|>", "<|end_of_solution|>"}, true},
    AnswerMarks{{"<|start_response|>", "<|end_response|>"}, true},
    AnswerMarks{{"<|start_text|>", "<|end_text|>"}, true},
    AnswerMarks{{"<answer>", "</answer>"}},
    AnswerMarks{{"<response>", "</response>"}},
    AnswerMarks{{"<final_answer>", "</final_answer>"}},
    AnswerMarks{{"<final>", "</final>"}},
    AnswerMarks{{"<solution>", "</solution>"}},
    AnswerMarks{{"<output>", "</output>"}},
    AnswerMarks{{"[answer]", "[/answer]"}},
    AnswerMarks{{"[response]", "[/response]"}},
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) {
  const char low = ascii_lower_case(c);
  return low >= 'a' && low <= 'z';
}
bool is_alphanumeric(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// The length of `mark` where it stands at `at`, with white space around its words; 0 where it does not.
std::size_t length_of_mark(std::string_view text, std::size_t at, std::string_view mark) {
  std::size_t end = at;
  for (std::size_t i = 0; i < mark.size(); ++i) {
    const bool is_edge = i > 0 && (!is_alphanumeric(mark[i]) || !is_alphanumeric(mark[i - 1]));
    while (is_edge && end < text.size() && is_space(text[end])) ++end;
    if (mark[i] == ' ' && end > at && is_space(text[end - 1])) continue;
    if (end == text.size() || ascii_lower_case(text[end]) != mark[i]) return 0;
    ++end;
  }
  return end - at;
}

struct Found {
  std::size_t begin = nowhere;
  std::size_t end = nowhere;
  [[nodiscard]] bool is_there() const { return begin != nowhere; }
};

/// True where quotation marks stand around: words about a mark, not the mark.
bool is_quoted(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin == 0 || end >= text.size()) return false;
  const char before = text[begin - 1];
  return before == text[end] && (before == '`' || before == '"' || before == '\'');
}

Found find_mark(std::string_view text, std::size_t from, std::string_view mark) {
  for (std::size_t at = text.find(mark.front(), from); at != nowhere; at = text.find(mark.front(), at + 1)) {
    const std::size_t length = length_of_mark(text, at, mark);
    if (length > 0 && !is_quoted(text, at, at + length)) return {at, at + length};
  }
  return {};
}

/// The pair whose opening mark a text begins with; the length of that mark.
struct Opening {
  const Marks* marks = nullptr;
  std::size_t length = 0;
};
Opening opening_of(std::string_view text) {
  for (const Marks& marks : thinking_marks) {
    if (const std::size_t length = length_of_mark(text, 0, marks.open); length > 0) return {&marks, length};
  }
  return {};
}

/// Where the block ends that `marks` opened before `from`. Blocks may stand within each other, where all of
/// them are closed.
Found end_of_block(std::string_view text, std::size_t from, const Marks& marks) {
  const Found first = find_mark(text, from, marks.close);
  Found end = first;
  Found inner = find_mark(text, from, marks.open);
  while (end.is_there() && inner.is_there() && inner.begin < end.begin) {
    end = find_mark(text, end.end, marks.close);
    inner = find_mark(text, inner.end, marks.open);
  }
  return end.is_there() ? end : first;
}

/// The first closing mark of any family.
Found first_closing(std::string_view text) {
  Found first;
  for (const Marks& marks : thinking_marks) {
    const Found found = find_mark(text, 0, marks.close);
    if (!found.is_there() || (first.is_there() && found.begin >= first.begin)) continue;
    // Opened and closed in the middle of a text: words about a mark.
    if (find_mark(text.substr(0, found.begin), 0, marks.open).is_there()) continue;
    first = found;
  }
  return first;
}

void add_thinking(SpokenText& spoken, std::string_view thinking) {
  thinking = trim(thinking);
  if (thinking.empty()) return;
  if (!spoken.thinking.empty()) spoken.thinking += "\n\n";
  spoken.thinking += thinking;
}

/// The answer without marks of its own.
std::string_view without_answer_marks(std::string_view text, bool is_after_thinking) {
  for (const AnswerMarks& answer : answer_marks) {
    const std::size_t length = length_of_mark(text, 0, answer.marks.open);
    if (length == 0 || !(is_after_thinking || answer.is_token)) continue;
    const Found close = find_mark(text, length, answer.marks.close);
    if (!close.is_there()) return trim(text.substr(length));
    if (trim(text.substr(close.end)).empty() || answer.is_token)
      return trim(text.substr(length, close.begin - length));
  }
  return text;
}

/// Harmony: `<|start|>assistant<|channel|>NAME<|message|>TEXT<|end|>` for each channel.
constexpr std::string_view harmony_channel = "<|channel|>";
constexpr std::string_view harmony_message = "<|message|>";
constexpr std::array harmony_ends{"<|end|>"sv, "<|return|>"sv, "<|call|>"sv, "<|start|>"sv, harmony_channel};
constexpr std::array harmony_channels{"analysis"sv, "commentary"sv, "final"sv};

/// The name of the channel that begins at `at`; empty where none does.
std::string_view channel_at(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  for (const std::string_view name : harmony_channels) {
    if (length_of_mark(text, at, name) > 0) return name;
  }
  return {};
}

/// Its words from `from` to the next mark.
Found harmony_words(std::string_view text, std::size_t from) {
  Found words{from, text.size()};
  for (const std::string_view mark : harmony_ends) {
    const Found found = find_mark(text, from, mark);
    if (found.is_there()) words.end = std::min(words.end, found.begin);
  }
  return words;
}

std::optional<SpokenText> split_harmony(std::string_view text) {
  SpokenText spoken;
  std::size_t at = 0;
  bool is_harmony = false;
  // The prompt may have opened the first channel, with or without its name.
  const bool is_opened =
      !channel_at(text, 0).empty() && find_mark(text, 0, harmony_message).begin <= harmony_channels[1].size();
  for (Found channel = is_opened ? Found{0, 0} : find_mark(text, 0, harmony_channel); channel.is_there();
       channel = find_mark(text, at, harmony_channel)) {
    const std::string_view name = channel_at(text, channel.end);
    const Found message = find_mark(text, channel.end, harmony_message);
    const Found next = find_mark(text, channel.end, harmony_channel);
    if (name.empty() || (message.is_there() && next.is_there() && next.begin < message.begin)) {
      if (!is_harmony) return std::nullopt;
      at = channel.end;
      continue;
    }
    if (!is_harmony && !is_opened) add_thinking(spoken, text.substr(0, harmony_words(text, 0).end));
    is_harmony = true;
    if (!message.is_there()) return spoken;  // cut in the channel's header
    const Found words = harmony_words(text, message.end);
    const std::string_view said = trim(text.substr(words.begin, words.end - words.begin));
    if (name == "final") {
      spoken.text += said;
    } else {
      add_thinking(spoken, said);
    }
    at = words.end;
  }
  return is_harmony ? std::optional(std::move(spoken)) : std::nullopt;
}

/// The same with the marks dropped: `analysisWe need to ...assistantfinalYes.` No text has this word, and
/// none begins with `analysis` and a capital letter in one.
std::optional<SpokenText> split_bare_harmony(std::string_view text) {
  constexpr std::string_view final_word = "assistantfinal";
  constexpr std::string_view role = "assistant";
  const auto channel_length = [](std::string_view rest) {
    for (const std::string_view name : {"analysis"sv, "commentary"sv}) {
      if (rest.starts_with(name)) return name.size();
    }
    return std::size_t{0};
  };
  const std::string_view opening = text.substr(text.starts_with(role) ? role.size() : 0);
  const std::size_t name = channel_length(opening);
  const std::size_t last = text.rfind(final_word);
  const bool is_glued = name > 0 && name < opening.size() && opening[name] >= 'A' && opening[name] <= 'Z';
  if (last == nowhere && !is_glued) return std::nullopt;
  if (last != nowhere && name == 0) {
    // The prompt opened the channel; the word must not be one of a sentence.
    const std::size_t end = last + final_word.size();
    const bool stands_alone =
        (last == 0 || is_space(text[last - 1])) && (end == text.size() || is_space(text[end]));
    if (stands_alone || is_quoted(text, last, end)) return std::nullopt;
  }
  SpokenText spoken;
  std::string_view thinking = last == nowhere ? opening : text.substr(0, last);
  if (last != nowhere && name > 0) thinking = thinking.substr(text.size() - opening.size());
  thinking = thinking.substr(std::min(name, thinking.size()));
  for (std::size_t at = thinking.find(role); at != nowhere; at = thinking.find(role)) {
    const std::size_t length = channel_length(thinking.substr(at + role.size()));
    if (length == 0) break;
    add_thinking(spoken, thinking.substr(0, at));
    thinking = thinking.substr(at + role.size() + length);
  }
  add_thinking(spoken, thinking);
  if (last != nowhere) spoken.text = trim(text.substr(last + final_word.size()));
  return spoken;
}

/// Some say it in words: only both sentences together are marks.
constexpr std::array thinking_sentences{
    Marks{"here is my thought process:", "here is my response:"},
    Marks{"here's my thought process:", "here's my response:"},
    Marks{"here is my thought process:", "here's my response:"},
    Marks{"here's my thought process:", "here is my response:"},
    Marks{"thinking...", "...done thinking."},
};

std::optional<SpokenText> split_sentences(std::string_view text) {
  for (const auto& [open, close] : thinking_sentences) {
    const std::size_t length = length_of_mark(text, 0, open);
    for (std::size_t at = length; length > 0 && at < text.size(); ++at) {
      const std::size_t found = length_of_mark(text, at, close);
      if (found == 0) continue;
      SpokenText spoken;
      add_thinking(spoken, text.substr(length, at - length));
      spoken.text = trim(text.substr(at + found));
      return spoken;
    }
  }
  return std::nullopt;
}

/// The header of the model's own turn, which some servers leave in front of its thinking, is no words.
std::string_view without_role(std::string_view text) {
  constexpr std::array headers{"<|im_start|>assistant"sv, "<|start_header_id|>assistant<|end_header_id|>"sv,
                               "<|assistant|>"sv, "<|start|>assistant"sv, "assistant"sv};
  for (const std::string_view header : headers) {
    const std::size_t length = length_of_mark(text, 0, header);
    if (length == 0) continue;
    std::string_view rest = trim(text.substr(length));
    if (rest.starts_with(':')) rest = trim(rest.substr(1));
    if (opening_of(rest).marks != nullptr) return rest;
  }
  return text;
}

}  // namespace

SpokenText split_thinking(std::string text) {
  const std::string_view whole = without_role(trim(text));
  if (auto spoken = split_harmony(whole)) return std::move(*spoken);
  if (auto spoken = split_bare_harmony(whole)) return std::move(*spoken);
  if (auto spoken = split_sentences(whole)) return std::move(*spoken);
  SpokenText spoken;
  std::string_view rest = whole;
  bool has_thought = false;
  if (opening_of(rest).marks == nullptr) {
    // Some chat templates open the block in the prompt, so that the reply only closes it.
    if (const Found closing = first_closing(rest); closing.is_there()) {
      add_thinking(spoken, rest.substr(0, closing.begin));
      rest = trim(rest.substr(closing.end));
      has_thought = true;
    }
  }
  for (Opening opening = opening_of(rest); opening.marks != nullptr; opening = opening_of(rest)) {
    has_thought = true;
    Found end = end_of_block(rest, opening.length, *opening.marks);
    // Closed in another family's mark, as models do now and then.
    if (!end.is_there()) end = first_closing(rest);
    add_thinking(spoken,
                 rest.substr(opening.length, (end.is_there() ? end.begin : rest.size()) - opening.length));
    rest = end.is_there() ? trim(rest.substr(end.end)) : std::string_view();
  }
  const std::string_view answer = without_answer_marks(rest, has_thought);
  if (has_thought || answer.size() != rest.size()) {
    spoken.text = answer;
  } else {
    spoken.text = std::move(text);
  }
  return spoken;
}

std::size_t after_thinking(std::string_view text, std::size_t at) {
  const Opening opening = opening_of(text.substr(at));
  if (opening.marks == nullptr) return at;
  const Found close = find_mark(text, at + opening.length, opening.marks->close);
  return close.is_there() ? close.end : text.size();
}

std::optional<std::string> leading_mark(std::string_view text) {
  constexpr std::size_t longest = 40;
  struct Brackets {
    std::string_view open;
    std::string_view close;
  };
  constexpr std::array brackets{Brackets{"<", ">"}, Brackets{"[", "]"}, Brackets{"\u25c1", "\u25b7"}};
  text = trim(text);
  for (const auto& [open, close] : brackets) {
    if (!text.starts_with(open)) continue;
    const std::size_t end = text.substr(0, longest).find(close, open.size());
    if (end == nowhere) return std::nullopt;
    const std::string_view word = text.substr(open.size(), end - open.size());
    const bool is_square = open == "[";
    constexpr std::string_view others = "_-|/:. ";
    constexpr std::string_view of_attributes = "=\"'";
    const bool is_word = std::all_of(word.begin(), word.end(), [&](char c) {
      const bool is_right_letter = is_square ? c >= 'A' && c <= 'Z' : is_letter(c);
      return is_right_letter || (c >= '0' && c <= '9') || others.find(c) != nowhere ||
             (!is_square && of_attributes.find(c) != nowhere);
    });
    const bool has_letters = std::count_if(word.begin(), word.end(), is_letter) > 1;
    if (!is_word || !has_letters) return std::nullopt;
    return std::string(text.substr(0, end + close.size()));
  }
  return std::nullopt;
}

}  // namespace recon
