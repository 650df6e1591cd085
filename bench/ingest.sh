#!/usr/bin/env bash
# Measures how fast sources are read, against their limits and a straightforward script, on real files made large.
#   bench/ingest.sh OYEZ_CASES_FOLDER REDDIT_THREAD_FOLDER WORK_FOLDER [ROUNDS]
# OYEZ_CASES_FOLDER holds hearings (<term>.<docket>-tNN.json); REDDIT_THREAD_FOLDER holds comments.jsonl and posts.jsonl.
# WORK_FOLDER takes some 8 GB. Everything is read once before the clock runs, and the programs take turns.
set -euo pipefail
if (($# < 3)); then
  sed -n '2,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
cases="$(realpath "$1")"
thread="$(realpath "$2")"
mkdir -p "$3"
work="$(realpath "$3")"
rounds="${4:-3}"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

oyez_bytes="${OYEZ_BYTES:-3100000000}"
reddit_bytes="${REDDIT_BYTES:-2000000000}"
# Two who comment often in the thread.
users_of_thread=(alienth antdude)

cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECON_BENCH=ON -DRECON_TESTS=OFF -DRECON_LLAMA=OFF \
  -DRECON_WERROR=OFF >/dev/null
cmake --build build/bench -j "${JOBS:-2}" >/dev/null

if [[ ! -d "$work/oyez" ]]; then
  bench/enlarge.py oyez "$cases" "$work/oyez" "$oyez_bytes"
fi
if [[ ! -f "$work/reddit/comments.jsonl.zst" ]]; then
  mkdir -p "$work/reddit"
  bench/enlarge.py reddit-posts "$thread/posts.jsonl" "$thread/comments.jsonl" "$reddit_bytes" >"$work/reddit/posts.jsonl"
  bench/enlarge.py reddit "$thread/comments.jsonl" "$reddit_bytes" | zstd -q --long=27 -o "$work/reddit/comments.jsonl.zst"
fi

config() { # DOMAIN PATH USER...
  local domain="$1" path="$2"
  shift 2
  echo "run_dir: $work/run-$domain"
  echo "source: {domain: $domain, path: $path, drop_duplicates: false, pseudonyms: false}"
  echo "users:"
  local number=0
  for user in "$@"; do
    number=$((number + 1))
    echo "  - {id: user_$number, name: \"$user\"}"
  done
}
config scotus "$work/oyez" "Antonin Scalia" "William J. Brennan, Jr." >"$work/scotus.yaml"
config reddit "$work/reddit" "${users_of_thread[@]}" >"$work/reddit.yaml"

measure() { # NAME COMMAND...: wall seconds, CPU seconds, peak memory
  local name="$1"
  shift
  /usr/bin/time -f "%e %U %S %M" -o "$work/time" bash -c "$*" >"$work/out" 2>"$work/err" ||
    { echo "bench: '$name' failed:" >&2; cat "$work/err" >&2; exit 1; }
  awk -v name="$name" '{printf "%-44s %8.2f s wall %8.2f s CPU %8.0f MB\n", name, $1, $2 + $3, $4 / 1024}' "$work/time"
}

echo "oyez: $(find "$work/oyez" -name '*.json' | wc -l) files, $(du -sb "$work/oyez" | cut -f1) bytes"
echo "reddit: $(stat -c %s "$work/reddit/comments.jsonl.zst") bytes compressed, $(zstd -dc --long=27 "$work/reddit/comments.jsonl.zst" | wc -c) plain"
cat "$work"/oyez/*.json >/dev/null 2>&1 || find "$work/oyez" -type f -exec cat {} + >/dev/null
for ((round = 1; round <= rounds; ++round)); do
  echo "round $round"
  measure "oyez: simdjson alone" build/bench/bench/bench_simdjson_parse "$work/oyez"
  measure "oyez: reader" build/bench/bench/bench_read_source scotus "$work/oyez"
  rm -rf "$work/run-scotus"
  measure "oyez: recon ingest" build/bench/recon ingest -q -c "$work/scotus.yaml"
  measure "oyez: python json" python3 bench/oyez_extract.py "$work/oyez" "$work/oyez.jsonl"
  measure "reddit: zstd -dc | wc" "zstd -dc --long=27 '$work/reddit/comments.jsonl.zst' | wc"
  measure "reddit: reader" build/bench/bench/bench_read_source reddit "$work/reddit" "${users_of_thread[@]}"
  rm -rf "$work/run-reddit"
  measure "reddit: recon ingest" build/bench/recon ingest -q -c "$work/reddit.yaml"
  measure "reddit: python json" "zstd -dc --long=27 '$work/reddit/comments.jsonl.zst' | python3 bench/reddit_extract.py '$work/reddit/posts.jsonl' '$work/reddit.jsonl' ${users_of_thread[*]}"
done
