#include "record.hpp"

#include "recon/core/error.hpp"
#include "recon/core/json_type_name.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace recon {

namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t base = 36;
constexpr std::size_t longest_id = 12;              // 36^12 < 2^64
constexpr std::int64_t latest_time = 253402300799;  // the end of 9999

/// A field that may be absent; absent and null are the same.
using Field = std::optional<dom::element>;

/// The fields that are looked at, found in one walk over a record.
struct Fields {
  Field id, name, kind, data, body, meta, title, author, link_id, replies, selftext, children, parent_id,
      subreddit, created_utc, removed_by_category;

  bool has_body = false;  ///< whatever it is

  explicit Fields(dom::object object) {
    for (const dom::key_value_pair field : object) {
      if (Field* known = find(field.key)) {
        has_body = has_body || known == &body;
        *known = field.value.is_null() ? Field() : Field(field.value);
      }
    }
  }

 private:
  // A record has about a hundred fields, and a dump hundreds of millions of records: the length of the name
  // leaves one or two to compare with.
  Field* find(std::string_view key) {
    const auto is = [&](std::string_view known, Field& field) { return key == known ? &field : nullptr; };
    switch (key.size()) {
      case 2:
        return is("id", id);
      case 4:
        if (key[0] == 'n') return is("name", name);
        if (key[0] == 'b') return is("body", body);
        return key[0] == 'k' ? is("kind", kind) : is("data", data);
      case 5:
        return key[0] == '_' ? is("_meta", meta) : is("title", title);
      case 6:
        return is("author", author);
      case 7:
        return key[0] == 'l' ? is("link_id", link_id) : is("replies", replies);
      case 8:
        return key[0] == 's' ? is("selftext", selftext) : is("children", children);
      case 9:
        return key[0] == 'p' ? is("parent_id", parent_id) : is("subreddit", subreddit);
      case 11:
        return is("created_utc", created_utc);
      case 19:
        return is("removed_by_category", removed_by_category);
      default:
        return nullptr;
    }
  }
};

/// The text of a field; empty where it is absent.
std::string_view text_of(const Field& field, std::string_view name) {
  if (!field) return {};
  std::string_view text;
  if (field->get(text) != simdjson::SUCCESS) {
    throw RunError(fmt::format("'{}' should be a string, is {}", name, type_name(*field)));
  }
  return text;
}

std::optional<RedditName> parse_full_name(std::string_view text) {
  if (text.size() < 4 || text[0] != 't' || text[2] != '_' || (text[1] != '1' && text[1] != '3')) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> id = reddit_id_number(text.substr(3));
  if (!id) return std::nullopt;
  return RedditName{text[1] == '1' ? RedditKind::comment : RedditKind::post, *id};
}

/// Whether a record is a comment or a post: by its full name, else by what only one of them has.
RedditKind kind_of(const Fields& fields) {
  for (const Field* field : {&fields.name, &fields.id}) {
    std::string_view text;
    if (!*field || (*field)->get(text) != simdjson::SUCCESS) continue;
    if (const auto name = parse_full_name(text)) return name->kind;
  }
  if (fields.body) return RedditKind::comment;
  if (fields.title || fields.selftext) return RedditKind::post;
  if (fields.parent_id || fields.link_id) return RedditKind::comment;
  throw RunError("neither a comment ('body', 'parent_id') nor a post ('title')");
}

std::uint64_t id_of(const Fields& fields, RedditKind kind) {
  const Field& field = fields.id ? fields.id : fields.name;
  if (!field) throw RunError("the record has no 'id'");
  const std::string_view text = text_of(field, "id");
  if (const auto name = parse_full_name(text); name && name->kind == kind) return name->id;
  if (const auto id = reddit_id_number(text)) return *id;
  throw RunError(fmt::format("'id' is '{}', expected an id of Reddit as c0b6xyz", text.substr(0, 40)));
}

/// The post that a comment stands under.
std::uint64_t post_of(const Fields& fields) {
  if (!fields.link_id) throw RunError("the comment has no 'link_id', so its post is unknown");
  std::uint64_t number = 0;
  if (fields.link_id->get(number) == simdjson::SUCCESS) return number;
  const std::string_view text = text_of(fields.link_id, "link_id");
  if (const auto name = parse_full_name(text); name && name->kind == RedditKind::post) return name->id;
  throw RunError(fmt::format("'link_id' is '{}', expected a post's name as t3_abc12", text.substr(0, 40)));
}

/// What a comment answers. Bodies of the API of December 2022 give null for the post and the number of the
/// comment's id.
RedditName parent_of(const Fields& fields, std::uint64_t post) {
  if (!fields.parent_id) return {RedditKind::post, post};
  std::uint64_t number = 0;
  if (fields.parent_id->get(number) == simdjson::SUCCESS) {
    return {number == post ? RedditKind::post : RedditKind::comment, number};
  }
  const std::string_view text = text_of(fields.parent_id, "parent_id");
  const auto name = parse_full_name(text);
  if (!name) {
    throw RunError(
        fmt::format("'parent_id' is '{}', expected a name as t1_c0b6xyz or t3_abc12", text.substr(0, 40)));
  }
  if (name->kind == RedditKind::post && name->id != post) {
    throw RunError(fmt::format("'parent_id' names the post t3_{}, 'link_id' the post t3_{}",
                               reddit_id(name->id), reddit_id(post)));
  }
  return *name;
}

/// A number, or a string that holds one: dumps have had both.
std::optional<std::int64_t> time_of(const Field& field) {
  if (!field) return std::nullopt;
  double seconds = -1;
  std::string_view text;
  if (field->get(text) == simdjson::SUCCESS) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) seconds = -1;
  } else if (field->get(seconds) != simdjson::SUCCESS) {
    throw RunError(fmt::format("'created_utc' should be a number, is {}", type_name(*field)));
  }
  if (!(seconds >= 0 && seconds <= static_cast<double>(latest_time))) {
    throw RunError("'created_utc' is no time in seconds since 1970");
  }
  return static_cast<std::int64_t>(std::floor(seconds));
}

/// Newer dumps look at each record twice and keep the first text of what was deleted in between.
bool was_deleted_later(const Field& meta) {
  if (!meta || !meta->is_object()) return false;
  bool deleted = false;
  return (*meta)["was_deleted_later"].get(deleted) == simdjson::SUCCESS && deleted;
}

/// Of the categories of removal only this one is the author's doing.
bool removed_by_author(const Field& category) {
  std::string_view text;
  return category && category->get(text) == simdjson::SUCCESS && (text == "deleted" || text == "author");
}

RedditRecord to_record(const Fields& fields) {
  RedditRecord record;
  record.name.kind = kind_of(fields);
  record.name.id = id_of(fields, record.name.kind);
  record.author = text_of(fields.author, "author");
  if (record.author.empty()) record.author = "[deleted]";
  record.subreddit = text_of(fields.subreddit, "subreddit");
  record.created = time_of(fields.created_utc);
  record.author_deleted = was_deleted_later(fields.meta) || removed_by_author(fields.removed_by_category);
  record.withdrawn = record.author_deleted || fields.removed_by_category.has_value();
  if (record.name.kind == RedditKind::post) {
    record.post = record.name.id;
    record.title = text_of(fields.title, "title");
    record.text = text_of(fields.selftext, "selftext");
  } else {
    record.post = post_of(fields);
    record.parent = parent_of(fields, record.post);
    if (!fields.has_body) throw RunError("the comment has no 'body'");
    record.text = text_of(fields.body, "body");
  }
  return record;
}

/// The list that an object wraps: {"data": [...]} of an API, {"children": [...]} of Reddit's listings.
std::optional<dom::array> wrapped_list(const Fields& fields) {
  if (fields.id) return std::nullopt;
  for (const Field* list : {&fields.data, &fields.children}) {
    dom::array values;
    if (*list && (*list)->get(values) == simdjson::SUCCESS) return values;
  }
  return std::nullopt;
}

/// The object inside Reddit's own wrapping: {"kind": "t1", "data": {...}}.
Field wrapped_object(const Fields& fields) {
  return !fields.id && fields.kind && fields.data && fields.data->is_object() ? fields.data : Field();
}

/// Reddit's stand-in for replies that a listing leaves out; it has no text.
bool is_more(const Fields& fields) {
  std::string_view kind;
  return fields.kind && fields.kind->get(kind) == simdjson::SUCCESS && kind == "more";
}

}  // namespace

std::optional<std::uint64_t> reddit_id_number(std::string_view id) {
  if (id.empty() || id.size() > longest_id || id[0] == '0') return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : id) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'z')) return std::nullopt;
    number = number * base + static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return number;
}

std::string reddit_id(std::uint64_t number) {
  std::string id;
  do {
    id += "0123456789abcdefghijklmnopqrstuvwxyz"[number % base];
    number /= base;
  } while (number > 0);
  std::reverse(id.begin(), id.end());
  return id;
}

std::string full_name(const RedditName& name) {
  return (name.kind == RedditKind::comment ? "t1_" : "t3_") + reddit_id(name.id);
}

struct RedditParser::State {
  /// What is left of a list.
  struct Rest {
    dom::array list;
    dom::array::iterator at;
  };
  dom::parser parser;
  std::vector<Rest> open;  ///< lists inside lists; never deeper than the parser goes
  RedditRecords found;

  void open_list(const dom::array& list) { open.push_back({list, list.begin()}); }

  /// True where the element only wraps records; they are then read, or their list is open.
  bool unwrap(const Fields& fields) {
    if (is_more(fields)) return true;
    if (const auto list = wrapped_list(fields)) {
      open_list(*list);
      return true;
    }
    const Field inner = wrapped_object(fields);
    if (inner) read(*inner);  // not deeper than the parser goes
    return inner.has_value();
  }

  void read(dom::element value) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) {
      throw RunError(fmt::format("found {}, expected a comment or post as an object", type_name(value)));
    }
    const Fields fields(object);
    if (unwrap(fields)) return;
    found.records.push_back(to_record(fields));
    if (fields.replies && fields.replies->get(object) == simdjson::SUCCESS) unwrap(Fields(object));
  }

  void read_lists() {
    for (std::size_t item = 0; !open.empty();) {
      Rest& rest = open.back();
      if (!(rest.at != rest.list.end())) {
        open.pop_back();
        continue;
      }
      const dom::element value = *rest.at;
      ++rest.at;
      try {
        read(value);
      } catch (const RunError& problem) {
        if (found.problems.size() < RedditRecords::most_problems) {
          found.problems.push_back({item, problem.what()});
        } else {
          ++found.more_problems;
        }
      }
      ++item;
    }
  }
};

RedditParser::RedditParser() : state_(std::make_unique<State>()) {}
RedditParser::~RedditParser() = default;

const RedditRecords& RedditParser::parse(std::string_view json, std::size_t readable_past_end) {
  State& state = *state_;
  state.found.records.clear();
  state.found.problems.clear();
  state.found.more_problems = 0;
  state.open.clear();
  dom::element document;
  const bool copied = readable_past_end < simdjson::SIMDJSON_PADDING;
  const auto error = state.parser.parse(json.data(), json.size(), copied).get(document);
  if (error != simdjson::SUCCESS) {
    throw RunError(fmt::format("not valid JSON ({}); expected one comment or post as an object",
                               simdjson::error_message(error)));
  }
  dom::array list;
  if (document.get(list) == simdjson::SUCCESS) {
    state.open_list(list);
  } else {
    state.read(document);
  }
  state.read_lists();
  return state.found;
}

}  // namespace recon
