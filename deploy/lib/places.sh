# shellcheck shell=bash
# Where everything is. HAL_ROOT, for tests and packages, is a folder below which all of it is put: nothing outside it is touched, no
# user is made and nothing is started then.

UNITS=/etc/systemd/system
HAL_ROOT=${HAL_ROOT-}

# The file system as this run sees it: a place of the installed system below HAL_ROOT.
at() { printf '%s%s' "$HAL_ROOT" "$1"; }

# Below HAL_ROOT there are neither.
has_systemd() { [ -z "$HAL_ROOT" ]; }
has_users() { [ -z "$HAL_ROOT" ]; }

# PREFIX, CONFIG_DIR, DATA_DIR, LOG_DIR: as they were given, else as the installed units have them, else the usual ones.
settle_places() {
  local known
  known=$(recorded_places)
  PREFIX=$(settled_place prefix "$known" /usr/local) || exit 1
  CONFIG_DIR=$(settled_place config-dir "$known" /etc/hal-o-swarm) || exit 1
  DATA_DIR=$(settled_place data-dir "$known" /var/lib/hal-o-swarm) || exit 1
  LOG_DIR=$(settled_place log-dir "$known" /var/log/hal-o-swarm) || exit 1
  LIB=$PREFIX/lib/hal-o-swarm
}

settled_place() {
  local name=$1 known=$2 usual=$3 place=${OPTION[$1]-}
  if [ -z "$place" ]; then place=$(sed -n "s/.* $name=\([^ ]*\).*/\1/p" <<<"$known"); fi
  place=${place:-$usual}
  while [[ $place == */ && $place != / ]]; do place=${place%/}; done
  judge_place "$name" "$place"
  printf '%s' "$place"
}

# Units and configurations hold these paths, and what removes them must not remove more.
judge_place() {
  local name=$1 place=$2
  if ! [[ $place =~ ^(/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)+$ ]]; then
    fail "--$name must be an absolute path of letters, digits and . _ + -; it is $place"
  fi
  case $name:$place in
    prefix:/usr | prefix:/usr/local | prefix:/opt) ;;
    *:/bin | *:/boot | *:/dev | *:/etc | *:/home | *:/lib | *:/media | *:/mnt | *:/opt | *:/proc | *:/root | *:/run | *:/sbin | *:/srv | *:/sys | *:/tmp | *:/usr | *:/usr/local | *:/var | *:/var/lib | *:/var/log)
      fail "--$name must be a folder of its own, such as $place/hal"
      ;;
  esac
}

# The unit of the supervisor hides homes and has a /tmp of its own.
judge_hidden_places() {
  local place
  for place in "$PREFIX" "$CONFIG_DIR" "$DATA_DIR" "$LOG_DIR"; do
    case $place/ in
      /home/* | /root/* | /run/user/* | /tmp/* | /var/tmp/*)
        fail "$place is hidden from hal-supervisor by its unit: take a place outside /home, /root, /run/user, /tmp and /var/tmp"
        ;;
    esac
  done
}

# The line of places of a unit that an earlier run wrote, of what was chosen before others.
recorded_places() {
  local unit
  for unit in $(chosen_components) hal-supervisor hal-agent; do
    if [ -r "$(at "$UNITS/$unit.service")" ]; then
      sed -n '/^# Places:/ { s///p; q }' "$(at "$UNITS/$unit.service")"
      return 0
    fi
  done
}

unit_file() { printf '%s/%s.service' "$UNITS" "$1"; }
link_of() { printf '%s/bin/%s' "$PREFIX" "$1"; }
config_of() { printf '%s/%s.config.json' "$CONFIG_DIR" "${1#hal-}"; }
env_of() { printf '%s/%s.env' "$CONFIG_DIR" "${1#hal-}"; }
folder_of() { printf '%s/%s/%s' "$LIB" "$2" "$1"; }

home_of() {
  case $1 in
    hal-supervisor) printf '%s' "$DATA_DIR" ;;
    hal-agent) printf '%s/agent' "$DATA_DIR" ;;
  esac
}

is_daemon() { [ "$1" != halctl ]; }

is_installed() { [ -e "$(at "$(unit_file "$1")")" ]; }

# What a link of a component leads to, as it stands in bin; relative, so that it holds below HAL_ROOT.
link_target() { printf '../lib/hal-o-swarm/%s/%s/bin/%s' "$2" "$1" "$1"; }

# Which version a link leads to; nothing where it is none of ours.
version_of_link() {
  local target
  target=$(readlink "$(at "$1")" 2>/dev/null) || return 0
  sed -n "s|^\(.*/\)\?lib/hal-o-swarm/\([^/]*\)/[^/]*/bin/[^/]*$|\2|p" <<<"$target"
}

current_version() { version_of_link "$(link_of "$1")"; }
backup_version() { version_of_link "$(link_of "$1").backup"; }
