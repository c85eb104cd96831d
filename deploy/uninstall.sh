#!/usr/bin/env bash
# Removes what was installed; configurations and data stay unless they are to go, too.
set -euo pipefail
DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/load.sh
. "$DEPLOY/lib/load.sh"

usage() {
  cat <<TEXT
sudo ./deploy/uninstall.sh [--all | --supervisor | --agent | --halctl] [options]

Stops and removes everything that is installed, or what is named. Configurations, data, logs and users stay.

  --purge        these go, too: of folders only what HAL-O-SWARM put there, and a folder where nothing else is in it
  --prefix DIR   where the programs are, where that is not what the units say; in the same way
  --config-dir, --data-dir, --log-dir DIR
  --dry-run      shows what would be done, and changes nothing; needs no root
  --help         shows this
TEXT
}

takes 'all supervisor agent halctl purge dry-run' 'prefix config-dir data-dir log-dir'
read_options "$@"
settle_places
mapfile -t COMPONENTS < <(components_to_remove)
if [ "${#COMPONENTS[@]}" = 0 ]; then fail "nothing of that is installed below $PREFIX: say --prefix where it is elsewhere"; fi
uninstall_components "${COMPONENTS[@]}"
