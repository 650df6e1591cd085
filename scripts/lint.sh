#!/usr/bin/env bash
# Runs clang-tidy 14 over the project's sources, two at a time. A file whose content, headers, flags and checks have not
# changed since they were last found clean is skipped.
#   scripts/lint.sh [--base COMMIT | --all] [FILE.cpp...]
# Without options: the files changed since the merge base with the main branch (or the commit before), and those that
# include a changed header; all files where there is no such commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tool="${CLANG_TIDY:-clang-tidy-14}"
base=auto
files=()
while (($# > 0)); do
  case "$1" in
    --all) base="" ;;
    --base)
      base="${2:?--base needs a commit}"
      shift
      ;;
    -h | --help)
      sed -n '2,6s/^# *//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*)
      echo "lint: unknown option '$1'" >&2
      exit 2
      ;;
    *) files+=("$1") ;;
  esac
  shift
done

if ! command -v "$tool" >/dev/null; then
  echo "lint: $tool not found; run scripts/setup.sh --tests" >&2
  exit 1
fi

# The commit to compare with: where this branch left the main branch, else the commit before, else none.
find_base() {
  local head branch commit
  head="$(git rev-parse --verify -q HEAD)" || return 0
  for branch in origin/main main; do
    if commit="$(git merge-base HEAD "$branch" 2>/dev/null)" && [[ "$commit" != "$head" ]]; then
      echo "$commit"
      return 0
    fi
  done
  git rev-parse --verify -q HEAD~1 || true
}
if [[ "$base" == auto ]]; then
  base="$(find_base)"
fi

# Configured anew each time: the list of sources may have changed, and configuring again costs a second.
cmake --preset debug >/dev/null

cache=build/lint
mkdir -p "$cache"

# One line per file to check: its path and the digest of all that decides the result.
list_work() {
  python3 scripts/lint_work.py --database build/debug/compile_commands.json --base "$base" \
    --salt "$("$tool" --version | tr -d '\n')" "${files[@]}"
}
work="$(list_work)"

# Warnings are the compiler's business (-w): here only the checks count.
check_one() {
  local path="${1%% *}" digest="${1##* }" output
  if [[ -e "$LINT_CACHE/$digest" ]]; then
    return 0
  fi
  if output="$("$LINT_TOOL" -p build/debug --quiet --warnings-as-errors='*' \
    --extra-arg=-w "$path" 2>/dev/null)"; then
    : >"$LINT_CACHE/$digest"
    echo "lint: $path"
  else
    printf '%s\nlint: %s FAILED\n' "$output" "$path"
    return 1
  fi
}
export -f check_one
export LINT_CACHE="$cache" LINT_TOOL="$tool"

count="$(printf '%s' "$work" | grep -c . || true)"
if [[ -n "$base" ]]; then
  echo "lint: $count files to check, compared with ${base:0:12}"
else
  echo "lint: $count files to check"
fi
if [[ -n "$work" ]] && ! printf '%s\n' "$work" | xargs -d '\n' -n 1 -P "${JOBS:-2}" bash -c 'check_one "$1"' check; then
  echo "lint: some files failed (see above)" >&2
  exit 1
fi
echo "lint: no findings"
