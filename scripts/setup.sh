#!/usr/bin/env bash
# Installs what recon needs: Debian packages, the source of the embedded model's engine, and the model's weights.
# Does nothing where everything is there already. Runs as root, or as a user who may use sudo.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/setup.sh [--no-engine] [--no-model] [--tests]
  --no-engine  do not fetch the source of the embedded model's engine
  --no-model   do not fetch the weights of the embedded model
  --tests      also install what the tests and the format and lint checks need
USAGE
}

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
engine=yes
model=yes
packages=(
  cmake g++ ninja-build ccache git python3 python3-pip xz-utils ca-certificates
  libcurl4-openssl-dev libssl-dev nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev libyaml-cpp-dev
  libfaiss-dev libopenblas-dev libsqlite3-dev libsqlitecpp-dev libzstd-dev libjemalloc-dev libsimdjson-dev libexpat1-dev libgumbo-dev pkg-config libkainjow-mustache-dev libboost-math-dev
)
test_packages=(libgtest-dev libgmock-dev clang-format-14 clang-tidy-14 locales)

while (($# > 0)); do
  case "$1" in
    --no-engine) engine=no ;;
    --no-model) model=no ;;
    --tests) packages+=("${test_packages[@]}") ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "setup: unknown option '$1'" >&2
      usage >&2
      exit 2
      ;;
  esac
  shift
done

say() { echo "setup: $*" >&2; }

# True when dpkg knows the package as installed (a removed package with its configuration left is not).
installed() {
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" == installed ]]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is no Debian-like machine (no dpkg or apt-get), so nothing was installed."
  say "Install these Debian packages, or what your system calls them, by hand: ${packages[*]}"
else
  missing=()
  for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say "all ${#packages[@]} Debian packages are installed"
  else
    as_root=()
    if ((EUID != 0)); then
      if ! command -v sudo >/dev/null; then
        say "packages are missing, and this user is not root and has no sudo. As root, run:"
        say "  apt-get install --no-install-recommends ${missing[*]}"
        exit 1
      fi
      as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    # A stale or unreachable package list is no reason to stop: the packages may be in reach all the same.
    "${apt[@]}" update >&2 || say "apt-get update failed; trying to install with the package lists at hand"
    if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2; then
      say "apt-get could not install: ${missing[*]}"
      exit 1
    fi
  fi
fi

# Neither the engine nor the weights are needed to build, to test, or to work with models behind a server.
fetch() {
  local script="$1" what="$2" consequence="$3"
  if [[ ! -x "$root/scripts/$script" ]]; then
    say "no $what: scripts/$script is missing; $consequence"
  elif ! "$root/scripts/$script" >&2; then
    say "no $what: scripts/$script failed (see above); $consequence"
  fi
}
if [[ "$engine" == yes ]]; then
  fetch fetch_engine.sh "engine for the embedded model" "recon is built without the embedded model"
fi
if [[ "$model" == yes ]]; then
  fetch fetch_model.sh "weights for the embedded model" "recorded answers are replayed instead"
fi
say "done"
