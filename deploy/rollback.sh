#!/usr/bin/env bash
# Goes back to the version before the one that is installed.
set -euo pipefail
DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/load.sh
. "$DEPLOY/lib/load.sh"

usage() {
  cat <<TEXT
sudo ./deploy/rollback.sh [--all | --supervisor | --agent | --halctl] [options]

Brings back the version before, of everything that has one or of what is named: <program>.backup and the program change places, with the
unit that the version was installed with. Daemons that run are restarted and have to be well. A second time it goes forward again. Where
a newer version has changed a database, the copy from before that takes its place, and the database is kept beside it.

  --prefix DIR     where the programs are, where that is not what the units say
  --wait SECONDS   how long a daemon may take until it is ready (60)
  --dry-run        shows what would be done, and changes nothing; needs no root
  --help           shows this
TEXT
}

takes 'all supervisor agent halctl dry-run' 'prefix wait'
read_options "$@"
settle_places
settle_wait
mapfile -t COMPONENTS < <(components_with_backup)
if [ "${#COMPONENTS[@]}" = 0 ]; then fail "there is no version before below $PREFIX to go back to: deploy/upgrade.sh --version installs one"; fi
roll_back "${COMPONENTS[@]}"
