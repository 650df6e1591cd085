#include "recon/sources/html.hpp"

#include "recon/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::vector<std::string> texts_of(const HtmlPage& page, std::string_view tag) {
  std::vector<std::string> texts;
  for (const HtmlNode& node : find_html(page.root(), [&](HtmlNode n) { return n.tag() == tag; })) {
    texts.push_back(node.text());
  }
  return texts;
}

auto is_refused(const char* why) { return ThrowsMessage<RunError>(HasSubstr(why)); }

TEST(Html, EntitiesAreDecodedOnce) {
  const HtmlPage page("<p>a &amp;lt; b &#8217;s &#038; &nbsp;c</p>");
  EXPECT_THAT(texts_of(page, "p"), ElementsAre("a &lt; b ’s & \xC2\xA0"
                                               "c"));
}

TEST(Html, ElementsComeInTheOrderOfThePage) {
  const HtmlPage page("<div><p>one</p><section><p>two</p></section></div><p>three");
  EXPECT_THAT(texts_of(page, "p"), ElementsAre("one", "two", "three"));
}

TEST(Html, ATextHasLineBreaksWhereTheyAreShownAndNoScripts) {
  const HtmlPage page("<main>a<b>b</b><br>c<div>d</div>e<script>f</script><style>g</style><!-- h --></main>");
  EXPECT_THAT(texts_of(page, "main"), ElementsAre("ab\nc\nd\ne"));
}

TEST(Html, ATemplateIsNoPartOfThePage) {
  const HtmlPage page("<p>a<template><p>b</p></template></p>");
  EXPECT_THAT(texts_of(page, "p"), ElementsAre("a"));
}

TEST(Html, AttributesAreFoundAndDecoded) {
  const HtmlPage page("<a HREF='/x?a=1&amp;b=2' title>x</a>");
  const auto link = find_first_html(page.root(), [](HtmlNode n) { return n.tag() == "a"; });
  ASSERT_TRUE(link);
  EXPECT_EQ(link->attribute("href"), "/x?a=1&b=2");
  EXPECT_EQ(link->attribute("title"), "");
  EXPECT_EQ(link->attribute("rel"), std::nullopt);
}

TEST(Html, AClassIsAWholeWord) {
  const HtmlPage page("<p class='ts-text-big a\n\tts-text'>x</p>");
  const auto paragraph = find_first_html(page.root(), [](HtmlNode n) { return n.tag() == "p"; });
  ASSERT_TRUE(paragraph);
  EXPECT_TRUE(paragraph->has_class("ts-text"));
  EXPECT_TRUE(paragraph->has_class("a"));
  EXPECT_FALSE(paragraph->has_class("ts-text-bi"));
  EXPECT_FALSE(paragraph->has_class("text"));
}

TEST(Html, TheFirstIsFoundOrNothing) {
  const HtmlPage page("<p>one</p><p>two</p>");
  const auto found = find_first_html(page.root(), [](HtmlNode n) { return n.tag() == "p"; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text(), "one");
  EXPECT_FALSE(find_first_html(page.root(), [](HtmlNode n) { return n.tag() == "h1"; }));
}

TEST(Html, WhatIsNoHtmlIsAPageToo) {
  for (const char* content :
       {"", "words", "<", "</", "<!", "<!--", "<p", "<p class", "<p class=\"", "</html><b>"}) {
    EXPECT_EQ(HtmlPage(content).root().tag(), "html") << content;
  }
}

TEST(Html, APageThatIsNotUtf8IsRefused) {
  EXPECT_THAT([] { HtmlPage page("<p>caf\xE9</p>"); }, is_refused("byte 6 is not UTF-8"));
}

TEST(Html, AHugePageIsRefused) {
  const std::string page(std::size_t{9} << 20U, ' ');
  EXPECT_THAT([&] { HtmlPage huge(page); }, is_refused("a page of 9437184 bytes"));
}

TEST(Html, OrdinaryNestingIsNotRefused) {
  const std::vector<std::string> pages = {
      repeated("<div>", 200) + "x",
      repeated("<div><p>x<p>y</div>", 5000),
      repeated("<p>x", 5000),
      "<ul>" + repeated("<li>x", 5000) + "</ul>",
      "<table>" + repeated("<tr><td>x<td>y", 5000) + "</table>",
      "<dl>" + repeated("<dt>x<dd>y", 5000) + "</dl>",
      "<select>" + repeated("<option>x", 5000) + "</select>",
      repeated("<a href=x>x", 5000),
      repeated("<p><b>x</b> <i>y</i> <span>z</span><br><img src=x></p>", 5000),
      repeated("<svg><title>t</title><g><path d=x /><circle r=1 /></g></svg>", 5000),
      repeated("<script>if (a < b) '<div>'</script><style>x</style><!-- <div> -->", 5000),
      repeated("<div><b>x</div>y</b>", 5000),
      "<div>" + repeated("<object><div></object>", 5000),
  };
  for (const std::string& page : pages) EXPECT_NO_THROW(HtmlPage{page}) << page.substr(0, 60);
}

// Each of these took a time that grows with its square, or more memory than a machine has.
TEST(Html, HostileNestingIsRefused) {
  const std::vector<std::string> pages = {
      repeated("<div>", 100000),
      repeated("<b>", 100000),
      repeated("<DIV>", 100000),
      repeated("<div/>", 100000),
      repeated("<span><div></span></div>", 100000),
      repeated("<b><div></b>", 100000),
      repeated("<a><b></a>", 100000),
      repeated("<li><dd>", 100000),
      repeated("<ul><li></li>", 100000),
      repeated("<form><div></form>", 100000),
      repeated("<td><div></td>", 100000),
      repeated("<div></html>", 100000),
      repeated("<body><div></body>", 100000),
      repeated("<!--><div>", 100000),
      repeated("<div title='>'>", 100000),
      repeated("<div a='</div>'>", 100000),
      repeated("<table><tr><td>", 100000),
      "<table>" + repeated("<b><br>", 100000),
      "<svg>" + repeated("<g>", 100000),
      "<svg>" + repeated("<input>", 100000),
      "<svg>" + repeated("<html>", 100000),
      "<svg><p>" + repeated("<x/>", 100000),
      "<svg><style>" + repeated("<g>", 100000) + "</style>",
      "<svg>" + repeated("<foreignObject><p>", 100000),
      repeated("<math><mi>", 100000),
      repeated("<template>", 100000),
      repeated("</button><button><b>x</rt>", 20000),
      repeated("<br><ruby><math>x<span></br>", 20000),
      repeated("<span>x<body></math><math>", 20000),
      repeated("<svg><ruby/><svg/></mi></rp>", 20000),
      repeated("</colgroup><colgroup><rp/>", 20000),
      repeated("<frameset></marquee><marquee><button/>", 20000),
  };
  for (const std::string& page : pages) {
    EXPECT_THAT([&] { HtmlPage parsed(page); }, is_refused("HTML elements inside one another"))
        << page.substr(0, 60);
  }
}

TEST(Html, FormattingThatIsNeverEndedIsRefused) {
  std::string page;
  for (int i = 0; i < 20; ++i) page += "<font size=" + std::to_string(i) + ">";
  EXPECT_THAT([&] { HtmlPage parsed(page); }, is_refused("open HTML elements of formatting"));

  std::string repeated_in_each = "<div>";
  for (int i = 0; i < 15; ++i) repeated_in_each += "<font size=" + std::to_string(i) + ">";
  repeated_in_each += "</div>" + repeated("<div>x</div>", 100000);
  EXPECT_THAT([&] { HtmlPage parsed(repeated_in_each); }, is_refused("HTML elements and attributes"));
}

TEST(Html, APageOfVeryManyElementsIsRefused) {
  EXPECT_NO_THROW(HtmlPage{repeated("<br>", 250'000)});
  EXPECT_THAT([] { HtmlPage parsed(repeated("<br>", 350'000)); },
              is_refused("more than 300000 HTML elements and attributes"));
}

TEST(Html, ATagOfManyAttributesIsRefused) {
  std::string page = "<p";
  for (int i = 0; i < 300; ++i) page += " a" + std::to_string(i) + "=x";
  EXPECT_THAT([&] { HtmlPage parsed(page + ">"); }, is_refused("an HTML tag of more than 256 attributes"));
}

}  // namespace
}  // namespace recon
