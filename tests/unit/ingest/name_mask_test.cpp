#include "recon/ingest/name_mask.hpp"

#include "recon/core/random.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

struct Form {
  std::string name;  ///< as the config gives it
  std::string text;
  std::string masked;
};

class NameForms : public testing::TestWithParam<Form> {};

TEST_P(NameForms, AreHiddenOrLeft) {
  const auto& [name, text, masked] = GetParam();
  const MaskedText found = NameMask(name).masked(text);
  EXPECT_EQ(found.text, masked) << name;
  std::size_t places = 0;
  for (std::size_t at = masked.find("[me]"); at != std::string::npos; at = masked.find("[me]", at + 1))
    ++places;
  EXPECT_EQ(found.places, places);
}

const std::string jane = "Augusta Merrill";

INSTANTIATE_TEST_SUITE_P(Titles, NameForms,
                         testing::ValuesIn(std::vector<Form>{
                             {jane, "Yes, Justice Merrill.", "Yes, [me]."},
                             {jane, "Mr. Justice Merrill, if I may", "[me], if I may"},
                             {jane, "MR. CHIEF JUSTICE MERRILL: ", "[me]: "},
                             {jane, "Mr Merrill and Mrs. Merrill", "[me] and [me]"},
                             {jane, "Chief Justice Augusta Merrill wrote", "[me] wrote"},
                             {jane, "the Right Honourable Augusta Merrill", "the [me]"},
                             {jane, "Rt. Hon. Augusta Merrill", "[me]"},
                             {jane, "Prime Minister Merrill and the Prime Minister",
                              "[me] and the Prime Minister"},
                             {jane, "Dr.Merrill, Prof. Merrill, Sen. Merrill", "[me], [me], [me]"},
                             {jane, "Ask the Judge. Merrill did.", "Ask the Judge. [me] did."},
                             {jane, "that is justice, Merrill said", "that is justice, [me] said"},
                             {jane, "my judge Merrill", "my judge [me]"},
                             {jane, "Your Honor, Justice Quill", "Your Honor, Justice Quill"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Forms, NameForms,
    testing::ValuesIn(std::vector<Form>{
        {jane, "Merrill", "[me]"},
        {jane, "MERRILL (interrupting)", "[me] (interrupting)"},
        {jane, "Justice Merrill's question, Merrill\u2019s view", "[me]'s question, [me]\u2019s view"},
        {jane, "Merrill-like, non-Merrill", "[me]-like, non-[me]"},
        {jane, "Merrills, Merrillian, McMerrill, Merrill2, Merrill_fan, my_Merrill",
         "Merrills, Merrillian, McMerrill, Merrill2, Merrill_fan, my_Merrill"},
        {jane, "_Merrill_ and **Merrill** and \u201cMerrill\u201d",
         "_[me]_ and **[me]** and \u201c[me]\u201d"},
        {jane, "Augusta went to see Augusta Quill", "Augusta went to see Augusta Quill"},
        {jane, "Hollis Merrill", "Hollis [me]"},
        {jane, "Augusta\nMerrill and Augusta\u00a0Merrill", "[me] and [me]"},
        {jane, "AUGUSTA MERRILL, augusta merrill", "[me], [me]"},
        {jane, "A. Merrill, A.G. Merrill, A. G. Merrill, Augusta G. Merrill, Augusta G Merrill",
         "[me], [me], [me], [me], [me]"},
        {jane, "Augusta Gladys Merrill", "[me]"},
        {jane, "H. Merrill and Plan B. Merrill agreed", "H. [me] and Plan B. [me] agreed"},
        {jane, "Augusta and Hollis Merrill", "Augusta and Hollis [me]"},
        {jane, "Merrill, Augusta, born", "[me], born"},
        {jane, "Thank you, Justice Merrill. Augusta County", "Thank you, [me]. Augusta County"},
        {jane, "nothing of hers", "nothing of hers"},
        {jane, "", ""},
        {"Hollis J. Brandt, Jr.", "Justice Brandt, Jr., wrote; Hollis Brandt Jr. wrote",
         "[me], wrote; [me] wrote"},
        {"Hollis J. Brandt, Jr.", "by Hollis J. Brandt, Jr. Then", "by [me]. Then"},
        {"Hollis J. Brandt, Jr.", "H.J. Brandt III and Brandt", "[me] and [me]"},
        {"Brandt, Hollis J.", "Hollis J. Brandt and Justice Brandt", "[me] and [me]"},
        {"Justice Brandt", "Justice Brandt or Brandt", "[me] or [me]"},
        {"Lord Ashby of Wick", "Lord Ashby of Wick, Lord Ashby, Wick", "[me] of Wick, [me], Wick"},
    }));

INSTANTIATE_TEST_SUITE_P(
    OrdinaryWords, NameForms,
    testing::ValuesIn(std::vector<Form>{
        {"Will Young", "young people will, Mr Young, will not", "young people will, [me], will not"},
        {"Will Young", "Will you? Young Will", "Will you? [me] Will"},
        {"Mara Quill", "with quill and ink, mr. quill; mara quill", "with quill and ink, [me]; [me]"},
        {"Mara Quill", "justice quill was done", "justice quill was done"},
        {"Mark Down", "sit down, Mark; Mark Down sat down", "sit down, Mark; [me] sat down"},
        {"ada hooks", "hooks and Hooks, ada hooks", "[me] and Hooks, [me]"},
    }));

INSTANTIATE_TEST_SUITE_P(
    SurnamesOfSeveralParts, NameForms,
    testing::ValuesIn(std::vector<Form>{
        {"Rosa de la Cruz", "Ms. de la Cruz, Rosa De La Cruz, Cruz", "[me], [me], [me]"},
        {"Ursel von der Heide", "von der Heide, Heide, Ursel von der Heide", "[me], [me], [me]"},
        {"Basim al-Tarek", "Mr. al-Tarek, Tarek, Basim Al Tarek", "[me], [me], [me]"},
        {"Al Gorse", "Al Gorse, Al, Mr. Gorse", "[me], Al, [me]"},
        {"Nora Smith-Jones", "Smith-Jones, Smith\u2010Jones, SMITH-JONES, Smith Jones, Smith, Jones",
         "[me], [me], [me], [me], Smith, Jones"},
        {"Sean O'Carrow", "O'Carrow, O\u2019Carrow, O\u2019CARROW's, OCarrow, Carrow",
         "[me], [me], [me]'s, [me], Carrow"},
        {"Jean-Luc Mirande", "Jean-Luc Mirande, Jean Luc Mirande, Mirande", "[me], [me], [me]"},
    }));

INSTANTIATE_TEST_SUITE_P(BeyondAscii, NameForms,
                         testing::ValuesIn(std::vector<Form>{
                             {"Zo\u00eb \u00c5ngstr\u00f6m",
                              "Zo\u00eb \u00c5ngstr\u00f6m, Angstrom, \u00c5NGSTR\u00d6M, \u00e5ngstr\u00f6m",
                              "[me], [me], [me], \u00e5ngstr\u00f6m"},
                             {"Jos\u00e9 Pe\u00f1a",
                              "Jose\u0301 Pen\u0303a, Pe\u00f1as, Pen\u0303alosa, peña",
                              "[me], Pe\u00f1as, Pen\u0303alosa, pe\u00f1a"},
                             {"\u0410\u043d\u043d\u0430 \u041a\u043b\u0435\u043d",
                              "\u041a\u043b\u0435\u043d, \u041a\u041b\u0415\u041d, \u043a\u043b\u0435\u043d, "
                              "\u041a\u043b\u0435\u043d\u0430",
                              "[me], [me], \u043a\u043b\u0435\u043d, \u041a\u043b\u0435\u043d\u0430"},
                             {"Lena Stra\u00dfer", "Stra\u00dfer\u2019s, \u201eStra\u00dfer\u201c",
                              "[me]\u2019s, \u201e[me]\u201c"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    Accounts, NameForms,
    testing::ValuesIn(std::vector<Form>{
        {"mossy_teakettle", "u/mossy_teakettle, /u/Mossy_Teakettle, mossy_teakettle's, @mossy_teakettle",
         "[me], [me], [me]'s, [me]"},
        {"mossy_teakettle", "mossy\\_teakettle, _mossy_teakettle_, MOSSY_TEAKETTLE", "[me], _[me]_, [me]"},
        {"mossy_teakettle", "mossy_teakettle2, xmossy_teakettle, mossy_teakettle-fan, mossy",
         "mossy_teakettle2, xmossy_teakettle, mossy_teakettle-fan, mossy"},
        {"Ladybird1", "ladybird1 said, u/ladybird1", "[me] said, [me]"},
        {"SwingShop", "swingshop, a swing shop", "[me], a swing shop"},
        {"pondering", "pondering this, Pondering, u/Pondering", "[me] this, Pondering, [me]"},
        {"person_abcdefghij", "u/person_abcdefghij and person_abcdefghij", "[me] and [me]"},
    }));

/// Whether a word stands in the text, bounded as a regular expression would have it.
bool has_word(const std::string& text, const std::string& word) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

TEST(NameMaskProperty, NoWholeSurnameIsLeftAndNothingElseIsTouched) {
  const std::vector<std::string> pieces{
      "Merrill", "MERRILL", "Augusta", "A.",       "G.",     "Mr.",  "Justice", "Chief", "Jr.",
      "Quill",   "the",     "merrill", "merrills", "and",    "'s",   "-",       ",",     ".",
      "\n",      "(",       ")",       "\u2014",   "\u00e9", "[me]", "u/",      "@",     "Augusta Merrill"};
  KeyedRandom random(5, "mask", "");
  const NameMask mask("Augusta Merrill");
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text;
    for (std::uint64_t i = random.below(12); i > 0; --i)
      text += pieces[random.below(pieces.size())] + (random.below(3) == 0 ? "" : " ");
    const MaskedText masked = mask.masked(text);
    EXPECT_FALSE(has_word(masked.text, "Merrill")) << text << "\n" << masked.text;
    EXPECT_FALSE(has_word(masked.text, "MERRILL")) << text << "\n" << masked.text;
    EXPECT_EQ(mask.masked(masked.text).text, masked.text);
    EXPECT_TRUE(masked.places > 0 || masked.text == text);
    EXPECT_EQ(has_word(text, "merrills"), has_word(masked.text, "merrills")) << text << "\n" << masked.text;
  }
}

TEST(NameMaskProperty, BytesThatAreNoTextAreLeftAlone) {
  const NameMask mask("Augusta Merrill");
  EXPECT_EQ(mask.masked("\xff Merrill \xc3").text, "\xff [me] \xc3");
  EXPECT_EQ(NameMask("").masked("some text").text, "some text");
  EXPECT_EQ(NameMask("...").masked("some text ...").text, "some text ...");
}

}  // namespace
}  // namespace recon
