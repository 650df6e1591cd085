#!/usr/bin/env bash
# Measures model calls against a server on this machine: the share of a token bucket that is used (429 with Retry-After,
# 1 % of 500s, 0.5 % stalls), the rate where replies take long, and the CPU time a request costs.
#   bench/calls.sh WORK_FOLDER
set -euo pipefail
if (($# < 1)); then
  sed -n '2,4s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
mkdir -p "$1"
work="$(realpath "$1")"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build="${BUILD:-build/bench}"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECON_BENCH=ON -DRECON_TESTS=OFF -DRECON_LLAMA=OFF \
  -DRECON_WERROR=OFF >/dev/null
cmake --build "$build" -j "${JOBS:-2}" --target recon >/dev/null

# measure NAME PAIRS MODEL_KEYS SERVER_OPTIONS...
measure() {
  local name="$1" pairs="$2" keys="$3"
  shift 3
  local folder="$work/$name"
  rm -rf "$folder"
  mkdir -p "$folder"
  bench/many_sessions.py "$pairs" >"$folder/sessions.jsonl"
  python3 bench/chat_server.py "$folder/port" "$@" >"$folder/server.json" &
  local server=$!
  for _ in $(seq 100); do [[ -s "$folder/port" ]] && break; sleep 0.1; done
  cat >"$folder/config.yaml" <<CONFIG
run_dir: $folder/run
source: {domain: sessions, path: $folder/sessions.jsonl}
users:
  - {id: alex, name: Alex Doe}
split: {train_targets: $((pairs - 10)), train_1_targets: $((pairs / 2)), test_targets: 10}
models:
  local: {provider: openai, base_url: "http://127.0.0.1:$(cat "$folder/port")/v1", model: m, $keys}
  lexical: {provider: hashing}
retrieve: {model: lexical}
synthesize: {model: local, scope: all}
CONFIG
  "$build/recon" ingest -q -c "$folder/config.yaml"
  local status=0
  /usr/bin/time -f '%e %U %S %M' -o "$folder/time" "$build/recon" synthesize -q -c "$folder/config.yaml" || status=$?
  kill -TERM "$server"
  wait "$server"
  echo "$name: exit $status; the server counted $(cat "$folder/server.json")"
  awk -v name="$name" -v requests=$((2 * (pairs - 10))) \
    '{printf "%s: %.1f s, CPU %.2f s, %.0f us a request, %.0f requests/s, peak memory %.0f MB\n", name, $1, $2 + $3,
      ($2 + $3) * 1e6 / requests, requests / $1, $4 / 1024}' "$folder/time"
}

measure bucket-200 6010 "concurrency: 64, timeout_s: 2" --rate 200 --burst 200 --latency 0.05 --errors 0.01 --stalls 0.005
measure bucket-200-small 6010 "concurrency: 64, timeout_s: 2" --rate 200 --burst 20 --latency 0.05 --errors 0.01 --stalls 0.005
measure slow-replies 20010 "concurrency: 512" --latency 0.2
measure static 20010 "concurrency: 64"
