#!/usr/bin/env bash
# Puts the source of the embedded model engine (llama.cpp, pinned) into engine/llama.cpp. Does nothing when it is there.
#
# First source:  the Python package index: the sdist of llama-cpp-python carries the whole source of llama.cpp.
# Second source: the npm package node-llama-cpp carries it as a git bundle (llama/gitRelease.bundle). Clone that bundle
#                into any folder and name the folder:
# RECON_SETUP_ENGINE_SOURCE=FOLDER  uses a folder that holds llama.cpp's source instead of downloading anything. The engine's
#                            interface changes often: another version than the pinned one may not compile.
# RECON_SETUP_CACHE=FOLDER         where downloads are kept (default: recon in $XDG_CACHE_HOME or ~/.cache).
set -euo pipefail

package=llama-cpp-python
version=0.3.35
archive=llama_cpp_python-$version.tar.gz
sha256=1139dbb54509074b70893fab8554e3b079aa9f4d312058ce4018ef0019e3de12

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/engine/llama.cpp
mark=$target/.recon-source
cache=${RECON_SETUP_CACHE:-${XDG_CACHE_HOME:-${HOME:-$root/build}/.cache}/recon}

say() { printf 'engine: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has_sum() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$sha256" ]; }

# What the library needs; the applications, tests and GPU back ends stay behind.
needed=(CMakeLists.txt LICENSE cmake include src ggml/CMakeLists.txt ggml/cmake ggml/include ggml/src/CMakeLists.txt ggml/src/ggml-cpu)

# Copies the needed parts of the source folder $1 into $2.
take() {
  local from=$1 to=$2 part
  mkdir -p "$to/ggml/src"
  for part in "${needed[@]}"; do
    [ -e "$from/$part" ] || fail "$from is not a source folder of llama.cpp: $part is missing"
    cp -R "$from/$part" "$to/$(dirname "$part")/"
  done
  find "$from/ggml/src" -maxdepth 1 -type f -exec cp {} "$to/ggml/src/" \;
  if [ -e "$from/.git" ] && git -C "$from" rev-parse HEAD >/dev/null 2>&1; then
    printf 'llama.cpp %s\n' "$(git -C "$from" rev-parse HEAD)" >"$to/.recon-source"
  else
    printf '%s\n' "$3" >"$to/.recon-source"
  fi
}

# Replaces the engine folder by the complete new one.
install_from() {
  rm -rf "$target.new"
  take "$1" "$target.new" "$2"
  rm -rf "$target"
  mv "$target.new" "$target"
}

mkdir -p "$root/engine"
if [ -n "${RECON_SETUP_ENGINE_SOURCE:-}" ]; then
  source_folder=$(cd "$RECON_SETUP_ENGINE_SOURCE" 2>/dev/null && pwd) || fail "RECON_SETUP_ENGINE_SOURCE=$RECON_SETUP_ENGINE_SOURCE is no folder"
  digest=$(cd "$source_folder" && cat include/llama.h src/*.cpp | sha256sum | cut -c1-16)
  install_from "$source_folder" "own source $digest"
  say "took $source_folder"
  exit 0
fi

wanted="$package $version sha256 $sha256"
if [ -f "$mark" ] && [ "$(cat "$mark")" = "$wanted" ]; then
  exit 0
fi

mkdir -p "$cache" || fail "cannot create the cache folder $cache (set RECON_SETUP_CACHE)"
if ! has_sum "$cache/$archive"; then
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 ||
    fail "python3 with pip is needed to download $package $version (Debian: python3-pip)"
  download=$(mktemp -d "$cache/engine.XXXXXX")
  trap 'rm -rf "$download"' EXIT
  say "downloading $package $version (75 MB)"
  # To learn the name of an sdist, pip runs its build backend in an environment of its own; nothing is compiled.
  python3 -m pip --disable-pip-version-check download --quiet --no-deps --no-binary "$package" --dest "$download" \
    "$package==$version" >"$download/log" 2>&1 ||
    fail "could not download $package $version: $(grep -v '^ *$' "$download/log" | tail -1)"
  has_sum "$download/$archive" || fail "the downloaded $archive does not have the expected SHA-256 $sha256"
  mv "$download/$archive" "$cache/$archive"
fi

unpacked=$(mktemp -d "$root/engine/unpack.XXXXXX")
trap 'rm -rf "$unpacked" "${download:-}"' EXIT
tar -xzf "$cache/$archive" -C "$unpacked" --strip-components=3 "llama_cpp_python-$version/vendor/llama.cpp"
install_from "$unpacked" "$wanted"
say "llama.cpp of $package $version lies in engine/llama.cpp"
