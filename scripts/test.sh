#!/usr/bin/env bash
# Sets up the machine, builds everything with warnings as errors and runs every test. The last lines are ctest's own.
#   scripts/test.sh [--part PART]... [arguments for ctest...]
# Parts, whose times are printed; without options the first three run:
#   no-engine  the command line tests against the program without the embedded engine, under a German locale
#   tsan       what has threads, under ThreadSanitizer
#   asan       everything under AddressSanitizer and UndefinedBehaviorSanitizer
#   debug      everything without sanitizers
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

parts=()
while (($# > 0)); do
  case "$1" in
    --part)
      case "${2:-}" in
        debug | asan | tsan | no-engine) parts+=("$2") ;;
        *)
          echo "test: --part needs debug, no-engine, tsan or asan" >&2
          exit 2
          ;;
      esac
      shift
      ;;
    -h | --help)
      sed -n '2,8s/^# *//p' "${BASH_SOURCE[0]}"
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
((${#parts[@]} > 0)) || parts=(no-engine tsan asan)

jobs="${JOBS:-2}"
# The engine's threads shall sleep at their barriers: other tests run beside them.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"

# Runs a command and notes how long it took.
times=()
timed() {
  local what="$1" start=$SECONDS
  shift
  echo "test: $what"
  "$@"
  times+=("$what $((SECONDS - start)) s")
}
# Before the last part, whose time ctest prints, so that ctest has the last word.
say_times() { printf 'test: took %s\n' "${times[@]}"; }

build() {
  local preset="$1"
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" "$@"
}

# A German locale of the project's own, so that no system setting is needed or changed.
german_locale() {
  export RECON_TEST_LOCPATH="$PWD/build/locales" RECON_TEST_LC_ALL=de_DE.UTF-8
  mkdir -p "$RECON_TEST_LOCPATH"
  [[ -d "$RECON_TEST_LOCPATH/$RECON_TEST_LC_ALL" ]] ||
    localedef -i de_DE -f UTF-8 "$RECON_TEST_LOCPATH/$RECON_TEST_LC_ALL"
  if [[ "$(LOCPATH=$RECON_TEST_LOCPATH LC_ALL=$RECON_TEST_LC_ALL locale decimal_point)" != , ]]; then
    echo "test: the German locale is not in force" >&2
    return 1
  fi
}

# Against another program than the one built beside the tests.
test_no_engine() (
  german_locale
  export RECON_TEST_PROGRAM="$PWD/build/no-engine/recon"
  ctest --preset asan -j "$jobs" -R '^cli/' "$@"
)

# libgomp is not instrumented: its barriers look like races.
test_tsan() (
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
  ctest --preset tsan -j "$jobs" -R "$with_threads" "$@"
)

# The tests in which a thread of the program takes part: workers and readers of ingest, the engine's prefetching, and whole runs.
with_threads='^(core/|sources/|engine/|stages/|cli/(PlantedWorld|Resume))'

timed "set-up" scripts/setup.sh --tests --no-model
for part in "${parts[@]}"; do
  case "$part" in
    debug | asan) timed "$part: build" build "$part" ;;
    tsan)
      timed "tsan: build" build tsan --target recon recon_core_tests recon_sources_tests recon_engine_tests recon_stages_tests recon_cli_tests
      ;;
    no-engine)
      timed "no-engine: build" build no-engine --target recon
      timed "no-engine: build of the tests" build asan --target recon_cli_tests recon_case_tests
      ;;
  esac
  [[ "$part" == "${parts[-1]}" ]] && say_times
  case "$part" in
    debug | asan) timed "$part: tests" ctest --preset "$part" -j "$jobs" "$@" ;;
    tsan) timed "tsan: tests" test_tsan "$@" ;;
    no-engine) timed "no-engine: tests" test_no_engine "$@" ;;
  esac
done
