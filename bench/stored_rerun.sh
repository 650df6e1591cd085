#!/usr/bin/env bash
# Measures a stage whose answers are all stored: `recon synthesize --force` over COUNT pairs, with candidates and
# baseline (two questions and five stored answers a pair) and a prompt of about 2 KB; then the baseline alone (one
# question and one answer a pair).
#   bench/stored_rerun.sh WORK_FOLDER [COUNT] [ROUNDS]
# A million pairs take some 8 GB in WORK_FOLDER. Everything is made once and used again by later calls.
set -euo pipefail
if (($# < 1)); then
  sed -n '2,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
count="${2:-100000}"
rounds="${3:-3}"
mkdir -p "$1/$count"
work="$(realpath "$1/$count")"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build="${BUILD:-build/bench}"

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECON_BENCH=ON -DRECON_TESTS=OFF -DRECON_LLAMA=OFF \
  -DRECON_WERROR=OFF >/dev/null
cmake --build "$build" -j "${JOBS:-2}" --target recon bench_fill_store >/dev/null

cat >"$work/config.yaml" <<CONFIG
run_dir: $work/run
seed: 1
source: {domain: sessions, path: $work/sessions.jsonl}
users:
  - {id: alex, name: Alex Doe}
split: {train_targets: $((count - 10)), train_1_targets: $((count / 2)), test_targets: 10}
models:
  none: {provider: openai, base_url: "http://127.0.0.1:1/v1", model: none, identity: none}
  lexical: {provider: hashing}
retrieve: {model: lexical}
synthesize: {model: none, scope: all}
CONFIG
if [[ ! -f "$work/filled" ]]; then
  bench/many_sessions.py "$count" >"$work/sessions.jsonl"
  "$build/recon" ingest -q -c "$work/config.yaml"
  "$build/bench/bench_fill_store" "$work/config.yaml" "$work/run/pairs.jsonl" "$work/run/responses.sqlite"
  touch "$work/filled"
fi
measure() {
  local what="$1"
  shift
  /usr/bin/time -f "%e %U %S %M" -o "$work/time" "$build/recon" synthesize -q -c "$work/config.yaml" "$@"
  awk -v rows="$((count - 10))" -v what="$what" \
    '{printf "%d pairs, %s: %.2f s wall (%d pairs/s), %.2f s CPU, %.0f MB\n", rows, what, $1, rows / $1, $2 + $3, $4 / 1024}' \
    "$work/time"
}
for ((round = 1; round <= rounds; ++round)); do
  measure "candidates and baseline" --only --force
  measure "baseline" --pairs "$work/run/pairs.jsonl" --store "$work/run/responses.sqlite" --traces "backward=$work/backward.jsonl"
done
