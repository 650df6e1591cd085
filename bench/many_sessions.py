#!/usr/bin/env python3
"""Invented sessions for bench/stored_rerun.sh: COUNT of them, each with one turn that Alex Doe answers.
    bench/many_sessions.py COUNT >sessions.jsonl
A context has some 70 words, an answer some 20, so that the prompt of Backward Synthesis has about 2 KB."""
import json
import random
import sys

WORDS = """the of and to in that it is was for on you he be with as by at have are this not but had his they from she which or
we an there her were one do been all their has would will what if can when so no out up into them some could then two time my
about now its only may other more said people many most over such after also new these how must years because where should
first question answer court house market statute record evidence budget plan water road school river vote paper member""".split()


def text(generator: random.Random, words: int) -> str:
    return " ".join(generator.choices(WORDS, k=words)).capitalize() + "."


def main() -> None:
    count = int(sys.argv[1])
    generator = random.Random(1)
    for number in range(count):
        turns = [{"author": "Chris Roe", "text": text(generator, 40)}, {"author": "Sam Poe", "text": text(generator, 30)},
                 {"author": "Alex Doe", "text": text(generator, 20)}]
        session = {"session_id": f"session-{number:07}", "group": f"session-{number:07}", "domain": "meeting",
                   "date": "2020-01-01", "title": "", "turns": turns}
        print(json.dumps(session, separators=(",", ":")))


if __name__ == "__main__":
    main()
