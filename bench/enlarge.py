#!/usr/bin/env python3
"""Makes large inputs by repeating small real ones under new ids.

usage: enlarge.py oyez FOLDER OUTPUT_FOLDER BYTES      files <term>.<docket>_rN-tNN.json
       enlarge.py reddit COMMENTS.jsonl BYTES          comments to standard output; ids and posts are new in each round
       enlarge.py reddit-posts POSTS.jsonl COMMENTS.jsonl BYTES   the posts of the same rounds
"""
import itertools
import json
import os
import shutil
import sys

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


def enlarge_oyez(folder, output, size):
    names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    os.makedirs(output, exist_ok=True)
    written = 0
    for round_number in itertools.count():
        for name in names:
            stem = name[: -len(".json")]
            case, dash, hearing = stem.rpartition("-t")
            new = "%s_r%d-t%s" % (case, round_number, hearing) if dash else "%s_r%d" % (stem, round_number)
            source = os.path.join(folder, name)
            shutil.copyfile(source, os.path.join(output, new + ".json"))
            written += os.path.getsize(source)
        if written >= size:
            return


def renamed(value, round_number):
    kind, underscore, number = value.rpartition("_")
    return kind + underscore + base36(int(number, 36) + round_number * 36**8)


def rounds(file_name, size):
    with open(file_name, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    one_round = os.path.getsize(file_name)
    for round_number in range(-(-size // one_round)):
        yield round_number, lines


def enlarge_reddit(comments, size):
    for round_number, lines in rounds(comments, size):
        for comment in lines:
            new = dict(comment)
            for key in ("id", "name", "parent_id", "link_id"):
                if key in new:
                    new[key] = renamed(new[key], round_number)
            sys.stdout.write(json.dumps(new, ensure_ascii=False, separators=(",", ":")) + "\n")


def enlarge_posts(posts, comments, size):
    with open(posts, encoding="utf-8") as file:
        known = [json.loads(line) for line in file]
    for round_number, _ in rounds(comments, size):
        for post in known:
            new = dict(post)
            for key in ("id", "name"):
                if key in new:
                    new[key] = renamed(new[key], round_number)
            sys.stdout.write(json.dumps(new, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    kind, *rest = sys.argv[1:] or [None]
    if len(rest) < 2:
        sys.exit(__doc__)
    if kind == "oyez":
        enlarge_oyez(rest[0], rest[1], int(rest[2]))
    elif kind == "reddit":
        enlarge_reddit(rest[0], int(rest[1]))
    elif kind == "reddit-posts":
        enlarge_posts(rest[0], rest[1], int(rest[2]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
