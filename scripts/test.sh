#!/usr/bin/env bash
# Sets up the machine, builds everything with warnings as errors, and runs every test. The last lines are ctest's own.
#   scripts/test.sh [--asan | --tsan] [arguments for ctest...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=debug
while (($# > 0)); do
  case "$1" in
    --asan) preset=asan ;;
    --tsan) preset=tsan ;;
    -h | --help)
      sed -n '2,3s/^# *//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *) break ;;
  esac
  shift
done

if [[ "$preset" == tsan ]]; then
  # libgomp is not instrumented: its barriers look like races.
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
fi

# The tests bring their own tiny model; the weights of the quickstart's are not needed.
scripts/setup.sh --tests --no-model
# The engine's threads shall sleep at their barriers: other tests run beside them.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
cmake --preset "$preset"
cmake --build --preset "$preset" -j "${JOBS:-2}"
ctest --preset "$preset" -j "${JOBS:-2}" "$@"
