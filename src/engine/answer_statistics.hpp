#pragma once

#include "recon/core/digest.hpp"
#include "recon/engine/engine.hpp"
#include "recon/records/warning.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recon {

/// Finds what makes up a large share of a long sequence, in bounded memory (the algorithm of Misra and
/// Gries): counts are exact up to `most_kept` different values, and lower bounds beyond.
class FrequentValues {
 public:
  static constexpr std::size_t most_kept = 1024;
  struct Entry {
    std::size_t prompts = 0;  ///< different ones, where equal ones follow each other
    std::size_t records = 0;  ///< likewise
    std::uint64_t last_prompt = 0;
    std::uint64_t last_record = 0;
    std::string shown;  ///< the value, shortened
  };
  /// A value that came as an answer to a prompt of a record, each by its hash.
  void add(std::uint64_t value, std::uint64_t prompt, std::uint64_t record, std::string_view shown);
  /// The most frequent value; null where none is left. Of equally frequent ones the one that sorts first.
  [[nodiscard]] const Entry* most_frequent() const;

 private:
  std::unordered_map<std::uint64_t, Entry> entries_;
};

/// What the used answers of one model in one stage show together. Answers are added in the order of their
/// records, so that the same answers always show the same; memory does not grow with their number.
class AnswerStatistics {
 public:
  /// The answers used of a question that was asked for a record. `compared_as` as in Question.
  void add(const Request& request, const std::string& compared_as, const Digest& digest, std::uint64_t record,
           std::span<const Answer> answers);
  /// What is worth a warning, in the order of WarningKind.
  [[nodiscard]] std::vector<Warning> warnings(const std::string& stage, const ModelConfig& model) const;

 private:
  struct Counted {
    std::size_t prompts = 0;
    std::int64_t shortest = 0, longest = 0;  ///< by our own count
  };
  struct Cut {
    std::size_t answers = 0, cut = 0;
  };
  std::map<std::int64_t, Counted> by_server_count_;            ///< prompts by the server's number of tokens
  std::map<std::int64_t, std::size_t> by_own_count_;           ///< the same prompts by our own
  std::size_t counted_ = 0, counted_low_ = 0;                  ///< prompts with both numbers
  std::size_t sampled_ = 0, sampled_alike_ = 0, samples_ = 0;  ///< questions with several samples
  std::size_t texts_ = 0, text_prompts_ = 0;
  FrequentValues replies_, marks_;
  std::size_t marked_texts_ = 0;
  std::size_t scored_ = 0, embedded_ = 0;
  FrequentValues scores_, vectors_;
  std::map<std::string, Cut> cut_;  ///< by Question::compared_as
  std::map<std::string, std::size_t> finish_reasons_;
  std::size_t repaired_ = 0;

  void add_texts(const std::string& compared_as, bool is_text, std::uint64_t prompt, std::uint64_t record,
                 std::span<const Answer> answers);
  void add_chat(const std::string& compared_as, const ChatAnswer& answer);
  void add_counts(const ChatAnswer& answer);
  void warn_of_cut_prompts(std::vector<Warning>& found, const ModelConfig& model) const;
  void warn_of_alike(std::vector<Warning>& found) const;
  void warn_of_cut_replies(std::vector<Warning>& found) const;
  void warn_of_oddities(std::vector<Warning>& found) const;
  void warn_of_numbers(std::vector<Warning>& found) const;
};

}  // namespace recon
