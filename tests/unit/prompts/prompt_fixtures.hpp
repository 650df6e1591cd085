#pragma once

#include "recon/prompts/prompts.hpp"

#include <array>
#include <string>
#include <vector>

namespace recon::prompt_test {

inline constexpr ReplyForm usual_form{{Dimension::style, Dimension::intent, Dimension::values}, false};

/// A pair whose every part holds a word found nowhere else.
inline Pair sample_pair(const std::string& domain = "scotus") {
  Pair pair;
  pair.pair_id = PairId("orwell/argument/2");
  pair.user = UserId("useridword");
  pair.author = "Nameword Surnameword";
  pair.domain = domain;
  pair.turn = 2;
  pair.context = {{"Counsel Quill", "The statute is plainword."},
                  {"Nameword Surnameword", "Earlierword, is it?"},
                  {"Counsel Quill", "It is lastword."}};
  pair.action = "Actionword, counsel.";
  return pair;
}

inline Pair example_pair(const std::string& word) {
  Pair pair = sample_pair();
  pair.context = {{"Counsel Reed", word + "-context"}};
  pair.action = word + "-action";
  return pair;
}

inline std::string all_text(const Prompt& prompt) {
  std::string text;
  for (const PromptMessage& message : prompt) text += message.content + "\n\n";
  return text;
}

inline const std::string& system_text(const Prompt& prompt) { return prompt.at(0).content; }
inline const std::string& user_text(const Prompt& prompt) { return prompt.at(1).content; }

inline std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size()))
    ++count;
  return count;
}

struct NamedPrompt {
  std::string name;
  Prompt prompt;
};

/// Every prompt of one pair, with `other` where a prompt takes text from elsewhere.
inline std::vector<NamedPrompt> all_prompts(const Prompts& prompts, const Pair& pair,
                                            const std::string& other = "other") {
  const Pair example = pair;
  return {{"backward", prompts.backward(pair)},
          {"reconstruct", prompts.reconstruct(pair, other)},
          {"judge_listwise", prompts.judge_listwise(pair, {other, "second"}, usual_form)},
          {"generate", prompts.generate(pair, {Example{&example, example.context, other}})},
          {"judge_pairwise", prompts.judge_pairwise(pair, other, "second", usual_form)},
          {"leak", prompts.leak(pair, other)}};
}

}  // namespace recon::prompt_test
