#pragma once

#include <cstddef>

/// From where on what many answers show together is said, and when a stage stops. Nothing else holds such a
/// number. They are rules of thumb: far from what happens by chance, near enough to be seen early.
namespace recon::answer_limits {

// ---- warnings: from so many answers of one stage and model on
inline constexpr std::size_t fewest_answers = 20;

/// prompts_cut: tokens of a prompt as the server counts them, as a share of our own count. Tokenizers differ
/// by less; half of the prompts lie below it, or
inline constexpr double least_prompt_share = 0.6;
/// one number is counted for so large a share of the prompts ...
inline constexpr double one_number_share = 0.25;
/// ... although the longest of these is so many times the shortest.
inline constexpr double longest_to_shortest = 1.5;

/// Shares of questions, prompts, pairs or verdicts; a warning is given above them.
inline constexpr double identical_samples = 0.5;
inline constexpr double one_reply = 0.25;
inline constexpr double unknown_marks = 0.5;
inline constexpr double flat_scores = 0.5;
inline constexpr double first_shown = 0.9;
inline constexpr double undecided = 0.95;
inline constexpr double ambiguous_replies = 0.05;
/// one_reply: records that a reply stands in; equal prompts of one record give equal replies rightly.
inline constexpr std::size_t one_reply_records = 4;
/// cut_replies_differ: a difference of shares.
inline constexpr double cut_difference = 0.05;

// ---- a stage stops where a model never gives anything usable ...
inline constexpr std::size_t records_without_any = 20;
inline constexpr std::size_t replies_without_any = 40;
/// ... or where, of so many records or more, more than this share ended without a usable answer.
inline constexpr std::size_t fewest_records = 100;
inline constexpr double records_without = 0.5;

}  // namespace recon::answer_limits
