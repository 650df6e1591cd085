#!/usr/bin/env python3
"""Lists the sources that lint has to look at, each with a digest of everything that decides the result.

Prints "PATH DIGEST" per source: the digest covers the file, the project headers it includes (also indirectly), its
compile command, the checks and the salt. With --base only sources that changed since that commit, or that include a
header which did, are listed; where the checks themselves changed, all are.
"""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)
ROOT = pathlib.Path.cwd().resolve()
# The unit tests are left to the compiler: their macros trip many checks, and they would double the time.
FOLDERS = ("src/", "tests/support/", "bench/")
EVERYTHING = (".clang-tidy", "scripts/lint.sh", "scripts/lint_work.py")


def find_header(name, source):
    """The project's file behind an include, or None for a foreign one."""
    for folder in (source.parent, ROOT / "include", ROOT / "tests" / "support", ROOT / "src" / source.parent.name):
        path = (folder / name).resolve()
        if path.is_file() and path.is_relative_to(ROOT):
            return path
    return None


def closure(source, known):
    """The source and every project header it includes, directly or not."""
    seen, waiting = set(), [source]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if path not in known:
            content = path.read_bytes()
            headers = [find_header(name.decode("utf-8", "replace"), path) for name in INCLUDE.findall(content)]
            known[path] = (hashlib.sha256(content).digest(), [header for header in headers if header])
        waiting.extend(known[path][1])
    return sorted(seen)


def changed_since(base):
    """Paths changed in the working tree since the commit; None where git can't tell."""
    names = []
    for command in (["git", "diff", "--name-only", "-z", base, "--"],
                    ["git", "ls-files", "--others", "--exclude-standard", "-z"]):
        result = subprocess.run(command, capture_output=True, check=False)
        if result.returncode != 0:
            return None
        names += [name.decode() for name in result.stdout.split(b"\0") if name]
    return set(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--base", default="")
    parser.add_argument("--salt", default="")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    commands = {}
    for entry in json.loads(pathlib.Path(options.database).read_text(encoding="utf-8")):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.is_relative_to(ROOT) and str(path.relative_to(ROOT)).startswith(FOLDERS):
            commands[path] = entry.get("command") or " ".join(entry["arguments"])
    wanted = set(commands)
    changed = None
    if options.files:
        wanted = {pathlib.Path(name).resolve() for name in options.files}
        unknown = sorted(wanted - set(commands))
        if unknown:
            sys.exit("lint: not compiled by the debug preset: " + ", ".join(str(path) for path in unknown))
    elif options.base:
        changed = changed_since(options.base)
        if changed is not None and changed.intersection(EVERYTHING):
            changed = None

    checks = (ROOT / ".clang-tidy").read_bytes()
    known = {}
    for path in sorted(wanted):
        if not path.is_file():
            continue
        parts = closure(path, known)
        if changed is not None and not any(str(part.relative_to(ROOT)) in changed for part in parts):
            continue
        digest = hashlib.sha256(checks + options.salt.encode() + commands[path].encode())
        for part in parts:
            digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + known[part][0])
        print(path.relative_to(ROOT), digest.hexdigest())


if __name__ == "__main__":
    main()
