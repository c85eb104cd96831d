#!/usr/bin/env bash
# Builds HAL-O-SWARM from this source, and installs that as install-release.sh installs a release.
set -euo pipefail
DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/load.sh
. "$DEPLOY/lib/load.sh"

usage() {
  cat <<TEXT
sudo ./deploy/install.sh --all | [--supervisor] [--agent] [--halctl] [options of install-release.sh]

Builds the programs of this folder and installs them. It needs Node $OLDEST_NODE or newer with npm, and a network: everything else that the
build needs is fetched into this folder. Under sudo the build runs as the user who typed that.
TEXT
}

OLDEST_NODE=18
takes 'all supervisor agent halctl enable start dry-run' 'prefix config-dir data-dir log-dir supervisor-url token-file'
read_options "$@"
if [ -z "$(chosen_components)" ]; then misused "say what is installed: --all, or --supervisor, --agent or --halctl"; fi

# sudo has a PATH of its own, on which a Node of the user's is not
judge_node() {
  local version
  version=$(node --version 2>/dev/null | sed 's/^v//') || true
  if [ -z "$version" ]; then
    fail "there is no Node here to build with, which has to be $OLDEST_NODE or newer: install it; where it is only on your own PATH, sudo env PATH=\"\$PATH\" $0 $COMMAND_LINE"
  fi
  if [ "${version%%.*}" -lt "$OLDEST_NODE" ]; then fail "Node $version is too old to build with: install $OLDEST_NODE or newer"; fi
  command -v npm >/dev/null || fail "there is no npm beside Node $version: install it"
}

as_builder() {
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER-}" ] && [ "$SUDO_USER" != root ]; then
    runuser -u "$SUDO_USER" -- env HOME="$(getent passwd "$SUDO_USER" | cut -d : -f 6)" PATH="$PATH" "$@"
  else
    "$@"
  fi
}

judge_node
PLATFORM=$(platform) || fail "HAL-O-SWARM is made for Linux on x64 and arm64, and this machine is $(uname -sm)"
SOURCE=$(dirname "$DEPLOY")
OUT=$SOURCE/dist/release
if is_given dry-run; then
  say "npm run release:artefacts -- --platform $PLATFORM --addon prebuilt, in $SOURCE, and then:"
  exec "$DEPLOY/install-release.sh" "$@"
fi
if [ -z "$HAL_ROOT" ] && [ "$(id -u)" != 0 ]; then fail "only root may do this: sudo $0 $COMMAND_LINE"; fi
(cd "$SOURCE" && as_builder npm run --silent release:artefacts -- --platform "$PLATFORM" --addon prebuilt --out "$OUT") ||
  fail "the build did not end well, and nothing was changed: its last lines say why"
exec "$DEPLOY/install-release.sh" "$@" --from "$OUT"
