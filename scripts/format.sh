#!/usr/bin/env bash
# Formats every C++ file of the project with clang-format 14; with --check only says which files need it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=(-i)
case "${1:-}" in
  "") ;;
  --check) mode=(--dry-run -Werror) ;;
  *)
    echo "usage: scripts/format.sh [--check]" >&2
    exit 2
    ;;
esac

tool="${CLANG_FORMAT:-clang-format-14}"
if ! command -v "$tool" >/dev/null; then
  echo "format: $tool not found; run scripts/setup.sh --tests" >&2
  exit 1
fi

folders=()
for folder in include src tests bench; do
  [[ -d "$folder" ]] && folders+=("$folder")
done
mapfile -t -d '' files < <(find "${folders[@]}" -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z)
if ((${#files[@]} == 0)); then
  echo "format: no files"
  exit 0
fi
if [[ "${mode[0]}" == -i ]]; then
  "$tool" -i "${files[@]}"
elif ! findings="$("$tool" "${mode[@]}" "${files[@]}" 2>&1)"; then
  printf '%s\n' "$findings" | sed -nE 's/^([^:]+):[0-9]+:[0-9]+: error: .*/\1/p' | sort -u |
    sed 's/^/format: out of order: /' >&2
  echo "format: run scripts/format.sh to repair them" >&2
  exit 1
fi
echo "format: ${#files[@]} files in order"
