#!/usr/bin/env python3
"""The straightforward script that a researcher would write: Oyez hearings -> sessions.jsonl, with json.

usage: oyez_extract.py FOLDER OUTPUT
"""
import json
import os
import re
import sys

MONTHS = ("January February March April May June July August September October November December").split()
DATE = re.compile(r"(%s) +(\d{1,2}), *(\d{4})" % "|".join(MONTHS))


def date_of(title):
    found = DATE.search(title or "")
    if not found:
        return ""
    return "%s-%02d-%02d" % (found.group(3), MONTHS.index(found.group(1)) + 1, int(found.group(2)))


def session_of(path):
    with open(path, encoding="utf-8") as file:
        hearing = json.load(file)
    if not hearing.get("transcript"):
        return None
    turns = []
    for section in hearing["transcript"]["sections"] or []:
        for turn in section["turns"] or []:
            speaker = turn["speaker"]
            if speaker is None or not (speaker.get("name") or speaker.get("identifier")):
                continue
            text = " ".join(" ".join(block["text"] or "" for block in turn["text_blocks"] or []).split())
            if not text:
                continue
            name = speaker.get("name") or speaker["identifier"]
            if turns and turns[-1]["author"] == name:
                turns[-1]["text"] += " " + text
            else:
                turns.append({"author": name, "text": text})
    if not turns:
        return None
    stem = os.path.basename(path)[: -len(".json")]
    return {
        "session_id": stem,
        "group": stem[: stem.rindex("-t")],
        "domain": "scotus",
        "date": date_of(hearing["title"]),
        "title": hearing["title"],
        "turns": turns,
    }


def main():
    folder, output = sys.argv[1:]
    names = sorted(name for name in os.listdir(folder) if re.search(r"-t\d+\.json$", name))
    with open(output, "w", encoding="utf-8") as file:
        for name in names:
            session = session_of(os.path.join(folder, name))
            if session:
                file.write(json.dumps(session, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
