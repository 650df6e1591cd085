#include "talk_speakers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace recon {

namespace {

/// A label that may name a speaker; the headings of notices look like labels too.
std::optional<Label> possible_label(const Paragraph& paragraph, bool only_bold) {
  std::optional<Label> label = label_of(paragraph, only_bold);
  if (label && (is_other_heading(label->name) || begins_notice(label->name))) label.reset();
  return label;
}

}  // namespace

std::vector<Look> look_at_all(const std::vector<Paragraph>& paragraphs) {
  std::vector<Look> looks;
  looks.reserve(paragraphs.size());
  for (const Paragraph& paragraph : paragraphs) {
    Look look;
    look.only_times = is_only_times(paragraph.text);
    look.time = time_mark_at(paragraph.text);
    if (!look.only_times) look.label = possible_label(paragraph, false);
    looks.push_back(std::move(look));
  }
  return looks;
}

TimeCounts count_times(const std::vector<Paragraph>& paragraphs, const std::vector<Look>& looks) {
  TimeCounts counts;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (looks[i].time.bytes == 0) continue;
    (looks[i].only_times ? counts.lines : counts.beginnings)++;
    if (looks[i].time.bracketed) ++counts.bracketed;
    const std::string_view text = paragraphs[i].text;
    if (text.substr(0, looks[i].time.bytes).find("->") != std::string_view::npos) ++counts.ranges;
    if (!looks[i].only_times && looks[i].label && looks[i].label->form == Label::Form::colon)
      ++counts.labelled;
  }
  return counts;
}

Speakers::Speakers(const TalkSource& source, const std::vector<Look>& looks, const TimeCounts& times)
    : source_(source), looks_(looks) {
  add_hosts(source.title, hosts_);
  for (const Paragraph& paragraph : source.paragraphs) {
    add_hosts(paragraph.text, hosts_);
    if (!paragraph.voice.empty() && is_lone_name(paragraph.voice)) names_.insert(paragraph.voice);
  }
  find_by_colon(times);
  if (names_.empty()) find_by_time();
  if (names_.empty()) find_lone_names();
}

const Label* Speakers::colon_label(std::size_t paragraph) const {
  const std::optional<Label>& label = looks_[paragraph].label;
  if (!label || label->form != Label::Form::colon) return nullptr;
  const bool counts = !source_.bold_labels || possible_label(source_.paragraphs[paragraph], true);
  return counts ? &*label : nullptr;
}

void Speakers::find_by_colon(const TimeCounts& times) {
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (const Label* label = colon_label(i)) ++counts[label->name];
  }
  for (const auto& [name, count] : counts) {
    if (count > 1 || hosts_.contains(name) || is_nameless_speaker(name)) names_.insert(name);
  }
  if (!names_.empty()) add_those_who_speak_once(times);
}

/// A label that stands there once is a speaker's where those of the others look like it: with times, on lines
/// of their own, before nearly every paragraph, or beside every time that there is.
void Speakers::add_those_who_speak_once(const TimeCounts& times) {
  std::size_t known = 0, timed = 0, alone = 0, labels = 0, paragraphs = 0;
  std::size_t first = looks_.size(), last = 0;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    const Label* label = colon_label(i);
    if (label == nullptr || !is_known(*label)) continue;
    first = std::min(first, i);
    last = i;
    ++known;
    if (label->timed) ++timed;
    if (label->words.empty()) ++alone;
  }
  // A page has lists of links and chapters before and after the talk.
  if (!source_.is_page_text) {
    first = 0;
    last = looks_.size() - 1;
  }
  for (std::size_t i = first; i <= last && i < looks_.size(); ++i) {
    if (!looks_[i].only_times) ++paragraphs;
    if (colon_label(i) != nullptr) ++labels;
  }
  constexpr std::size_t enough = 3;
  const auto nearly_all = [&](std::size_t count) { return known >= enough && count * 5 >= known * 4; };
  const bool everywhere = known >= enough && known * 2 >= labels && labels * 10 >= paragraphs * 9;
  const bool beside_times = times.beginnings >= enough && times.labelled == times.beginnings;
  for (std::size_t i = first; i <= last && i < looks_.size(); ++i) {
    const Label* label = colon_label(i);
    if (label == nullptr) continue;
    const bool is_alike =
        (label->timed && (nearly_all(timed) || beside_times)) || (label->words.empty() && nearly_all(alone));
    if (everywhere || is_alike) names_.insert(label->name);
  }
}

/// A list of chapters looks the same, but words follow none of its lines, and it ends before the talk. Among
/// the labels of those who speak twice stands nobody else's.
void Speakers::find_by_time() {
  std::map<std::string, std::size_t> counts;
  std::vector<std::pair<std::size_t, const Label*>> labels;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    const std::optional<Label>& label = looks_[i].label;
    if (!label || label->form == Label::Form::colon) continue;
    const bool words_follow = i + 1 < looks_.size() && !looks_[i + 1].label && !looks_[i + 1].only_times;
    if (label->form != Label::Form::time_after && !words_follow) continue;
    labels.emplace_back(i, &*label);
    ++counts[label->name];
  }
  const auto repeats = [&](const auto& label) { return counts.at(label.second->name) > 1; };
  const auto first = std::find_if(labels.begin(), labels.end(), repeats);
  const auto last = std::find_if(labels.rbegin(), std::make_reverse_iterator(first), repeats).base();
  for (auto label = first; label < last; ++label) names_.insert(label->second->name);
}

/// Names on lines of their own: headings, lines beside a time, or the first of nearly every block.
void Speakers::find_lone_names() {
  const std::vector<Paragraph>& paragraphs = source_.paragraphs;
  const auto is_name = [&](std::size_t i) {
    return !looks_[i].only_times && is_lone_name(paragraphs[i].text);
  };
  const auto has_words_after = [&](std::size_t i) {
    const std::size_t next = i + 1 < looks_.size() && looks_[i + 1].only_times ? i + 2 : i + 1;
    return next < looks_.size() && !is_name(next);
  };
  const auto beside_time = [&](std::size_t i) {
    return (i > 0 && looks_[i - 1].only_times) || (i + 1 < looks_.size() && looks_[i + 1].only_times);
  };
  std::size_t times = 0, blocks = 0;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (looks_[i].only_times) ++times;
    if (paragraphs[i].begins_block) ++blocks;
  }
  if (take_lone([&](std::size_t i) { return paragraphs[i].stands_out && is_name(i); }, 0)) return;
  if (take_lone([&](std::size_t i) { return beside_time(i) && is_name(i) && has_words_after(i); }, times))
    return;
  const auto leads_block = [&](std::size_t i) {
    return paragraphs[i].begins_block && is_name(i) && i + 1 < looks_.size() &&
           !paragraphs[i + 1].begins_block;
  };
  static_cast<void>(take_lone(leads_block, blocks));
}

/// True where two people at least are named twice each, in four of five of the `places`; then whoever is
/// named once in such a place is a speaker too. Without places nobody is: a heading may be anything.
bool Speakers::take_lone(const std::function<bool(std::size_t)>& is_candidate, std::size_t places) {
  std::map<std::string, std::vector<std::size_t>> found;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (is_candidate(i)) found[source_.paragraphs[i].text].push_back(i);
  }
  std::size_t repeated = 0, taken = 0;
  for (const auto& [name, where] : found) {
    if (where.size() < 2) continue;
    ++repeated;
    taken += where.size();
  }
  if (repeated < 2 || taken * 5 < places * 4) return false;
  if (places == 0) std::erase_if(found, [](const auto& name) { return name.second.size() < 2; });
  for (const auto& [name, where] : found) {
    names_.insert(name);
    lone_.insert(where.begin(), where.end());
  }
  return true;
}

}  // namespace recon
