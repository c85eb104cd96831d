#!/usr/bin/env bash
# Brings what is installed to another version. What runs is restarted, and where it is not well then the version before takes its place.
set -euo pipefail
DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/load.sh
. "$DEPLOY/lib/load.sh"

usage() {
  cat <<TEXT
sudo ./deploy/upgrade.sh [--all | --supervisor | --agent | --halctl] [options]

Brings what is installed, or what of it is named, to another version: the newest release, or what --from or --version say. Daemons that
run are restarted: the supervisor has to answer that it is ready, an agent to be up, and both to stay so. Else the version before is
installed again and started, and the exit code is 1. An agent's opencode works on meanwhile.

  --from DIR|TARBALL      artefacts on this machine, with their SHA256SUMS; the network is not used
  --repo OWNER/NAME|URL   whose releases are fetched (bldg-7/hal-o-swarm)
  --version VERSION       another one than the newest
  --prefix DIR            where the programs are, where that is not what the units say
  --wait SECONDS          how long a daemon may take until it is ready (60)
  --dry-run               shows what would be done, and changes nothing; needs neither root nor a network
  --help                  shows this
TEXT
}

takes 'all supervisor agent halctl dry-run' 'from repo version prefix wait'
read_options "$@"
settle_places
settle_wait
mapfile -t COMPONENTS < <(installed_components)
if [ "${#COMPONENTS[@]}" = 0 ]; then fail "nothing of that is installed below $PREFIX: deploy/install-release.sh installs it"; fi
restart_what_runs
install_components "${COMPONENTS[@]}"
