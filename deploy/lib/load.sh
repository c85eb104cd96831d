# shellcheck shell=bash
# What the scripts of this folder share.

if [ "${BASH_VERSINFO[0]}" -lt 4 ] || { [ "${BASH_VERSINFO[0]}" = 4 ] && [ "${BASH_VERSINFO[1]}" -lt 4 ]; }; then
  printf '%s\n' "this needs bash 4.4 or newer, and this is $BASH_VERSION" >&2
  exit 1
fi
umask 022
PROGRAM=$(basename "$0")
# what was typed behind it
COMMAND_LINE=$*

# shellcheck source=lib/say.sh
. "$DEPLOY/lib/say.sh"
# shellcheck source=lib/options.sh
. "$DEPLOY/lib/options.sh"
# shellcheck source=lib/places.sh
. "$DEPLOY/lib/places.sh"
# shellcheck source=lib/plan.sh
. "$DEPLOY/lib/plan.sh"
# shellcheck source=lib/files.sh
. "$DEPLOY/lib/files.sh"
# shellcheck source=lib/artefacts.sh
. "$DEPLOY/lib/artefacts.sh"
# shellcheck source=lib/preflight.sh
. "$DEPLOY/lib/preflight.sh"
# shellcheck source=lib/unpack.sh
. "$DEPLOY/lib/unpack.sh"
# shellcheck source=lib/configure.sh
. "$DEPLOY/lib/configure.sh"
# shellcheck source=lib/units.sh
. "$DEPLOY/lib/units.sh"
# shellcheck source=lib/services.sh
. "$DEPLOY/lib/services.sh"
# shellcheck source=lib/install.sh
. "$DEPLOY/lib/install.sh"
# shellcheck source=lib/leave.sh
. "$DEPLOY/lib/leave.sh"
