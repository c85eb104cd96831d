#!/usr/bin/env bash
# Installs HAL-O-SWARM from a release. A first installation, a second run, another version and a repair are the same.
set -euo pipefail
DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/load.sh
. "$DEPLOY/lib/load.sh"

usage() {
  cat <<TEXT
sudo ./deploy/install-release.sh --all | [--supervisor] [--agent] [--halctl] [options]

Installs programs of a release, with their units and configurations. What is there is kept: configurations, data, and the version
before, as <program>.backup. Nothing is enabled or started unless that is said.

  --all                   supervisor, agent and halctl
  --supervisor            hal-supervisor and its unit
  --agent                 hal-agent and its unit
  --halctl                the terminal alone: no unit, user or folder
  --from DIR|TARBALL      artefacts on this machine, with their SHA256SUMS; the network is not used
  --repo OWNER/NAME|URL   whose releases are fetched (bldg-7/hal-o-swarm)
  --version VERSION       another one than the newest
  --prefix DIR            programs (/usr/local)
  --config-dir DIR        configurations (/etc/hal-o-swarm)
  --data-dir DIR          data (/var/lib/hal-o-swarm)
  --log-dir DIR           logs (/var/log/hal-o-swarm)
  --enable                starts the daemons when the machine starts
  --start                 starts them now, or restarts what is new, and waits until they are ready; where a new version is not, the one
                          before takes its place again
  --supervisor-url URL    where a new agent finds its supervisor, such as ws://supervisor-host:8420
  --token-file FILE       its first line is the token of new configurations
  --dry-run               shows what would be done, and changes nothing; needs neither root nor a network
  --help                  shows this

HAL_ROOT=DIR, for packages and tests, puts everything below that folder, without users, owners or systemd.
TEXT
}

takes 'all supervisor agent halctl enable start dry-run' 'from repo version prefix config-dir data-dir log-dir supervisor-url token-file'
read_options "$@"
mapfile -t COMPONENTS < <(chosen_components)
if [ "${#COMPONENTS[@]}" = 0 ]; then misused "say what is installed: --all, or --supervisor, --agent or --halctl"; fi
install_components "${COMPONENTS[@]}"
