#!/usr/bin/env python3
"""The straightforward script that a researcher would write: a dump of comments -> the users' threads, with json.

It keeps every comment's parent, author and body in memory, as such scripts do.

usage: zstd -dc COMMENTS.zst | reddit_extract.py POSTS.jsonl OUTPUT USER...
"""
import html
import json
import sys


def main():
    posts_file, output, *users = sys.argv[1:]
    users = set(users)
    posts = {}
    with open(posts_file, encoding="utf-8") as file:
        for line in file:
            post = json.loads(line)
            posts["t3_" + post["id"]] = (post["author"], post["title"] + "\n\n" + (post.get("selftext") or ""))
    comments, leaves = {}, []
    for line in sys.stdin:
        comment = json.loads(line)
        name = "t1_" + comment["id"]
        comments[name] = (comment["parent_id"], comment["author"], html.unescape(comment["body"]).strip())
        if comment["author"] in users and comment["body"] not in ("[deleted]", "[removed]"):
            leaves.append(name)
    inner = set()
    chains = {}
    for leaf in leaves:
        chain, at = [], leaf
        while at in comments:
            chain.append(at)
            at = comments[at][0]
        if at not in posts:
            continue
        inner.update(chain[1:])
        chains[leaf] = (at, chain[::-1])
    with open(output, "w", encoding="utf-8") as file:
        for leaf, (post, chain) in sorted(chains.items()):
            if leaf in inner:
                continue
            turns = [posts[post]] + [comments[name][1:] for name in chain]
            if any(text in ("[deleted]", "[removed]") for _, text in turns[:-1]):
                continue
            file.write(json.dumps({"session_id": leaf, "group": post, "turns": turns}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
