#!/usr/bin/env bash
# Builds the fuzz targets with clang, libFuzzer, ASan and UBSan, and runs them one after the other. An input that breaks
# something is written to tests/fuzz/found/TARGET/, where it stays as a test once the fault is mended.
#   scripts/fuzz.sh [--seconds N] [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=60
targets=()
while (($# > 0)); do
  case "$1" in
    --seconds)
      [[ "${2:-}" =~ ^[0-9]+$ ]] || { echo "fuzz: --seconds needs a number" >&2; exit 2; }
      seconds="$2"
      shift
      ;;
    -h | --help)
      sed -n '2,4s/^# *//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*)
      echo "fuzz: unknown option '$1'" >&2
      exit 2
      ;;
    *) targets+=("$1") ;;
  esac
  shift
done

clang="${CLANGXX:-clang++-14}"
advice="install the Debian packages clang-14 and libclang-rt-14-dev, or name yours in CLANGXX"
if ! command -v "$clang" >/dev/null; then
  echo "fuzz: $clang not found; $advice" >&2
  exit 1
fi
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
  "$clang" -x c++ -fsanitize=fuzzer,address,undefined -o /dev/null - 2>/dev/null; then
  echo "fuzz: $clang can't build with libFuzzer and the sanitizers; $advice" >&2
  exit 1
fi
build=build/fuzz
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DRECON_FUZZ=ON -DRECON_TESTS=OFF -DRECON_LLAMA=OFF -DRECON_WERROR=OFF \
  -DRECON_FLOORS="core;config;records;http;model;ingest;sources" -DRECON_SANITIZE=address,undefined >/dev/null
cmake --build "$build" -j "${JOBS:-2}"

declare -A seeds=(
  [hansard]=data/pmq/hansard_api [chunked_line_reader]=data/reddit [oyez]=data/scotus/oyez [parlparse]=data/pmq/parlparse
  [podcast]=data/podcast [pseudonyms]=data/podcast [reddit]=data/reddit
  [wire_reply]=tests/fuzz/seeds/wire_reply [judge_reply]=tests/fuzz/seeds/judge_reply
)
((${#targets[@]} > 0)) || mapfile -t targets < <(printf '%s\n' "${!seeds[@]}" | sort)
failed=()
for target in "${targets[@]}"; do
  if [[ -z "${seeds[$target]:-}" ]]; then
    echo "fuzz: no target '$target'; there are: ${!seeds[*]}" >&2
    exit 2
  fi
  corpus="$build/corpus/$target"
  found="tests/fuzz/found/$target"
  mkdir -p "$corpus" "$found"
  # Named by content: samples of one name lie in several folders.
  find "${seeds[$target]}" -type f -print0 | while IFS= read -r -d '' file; do
    cp "$file" "$corpus/seed-$(sha1sum <"$file" | cut -c1-16)"
  done
  echo "fuzz: $target for $seconds s"
  log="$build/$target.log"
  if ! UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=2048 -max_len=200000 -artifact_prefix="$found/" "$corpus" "$found" >"$log" 2>&1; then
    failed+=("$target")
    grep -E "SUMMARY|broken promise|Test unit written" "$log" >&2 || tail -5 "$log" >&2
  fi
  tail -1 "$log"
done
if ((${#failed[@]} > 0)); then
  echo "fuzz: faults in ${failed[*]} (logs in $build/, inputs in tests/fuzz/found/)" >&2
  exit 1
fi
echo "fuzz: nothing found"
