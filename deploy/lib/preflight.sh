# shellcheck shell=bash
# What must be so before anything is changed. What cannot work is refused; what may become tight is a warning.

OLDEST_SYSTEMD=239
# what the guide asks for, in MB, for disk and for memory alike
declare -A MEMORY_MB=([hal-supervisor]=2048 [hal-agent]=4096)
# what each archive may take beside its own size
SPARE_KB=51200

# judge_machine COMPONENT…
judge_machine() {
  PLATFORM=$(platform) || fail "HAL-O-SWARM is made for Linux on x64 and arm64, and this machine is $(uname -sm)"
  if is_given dry-run; then return 0; fi
  judge_tools tar gzip sha256sum flock
  if [ -n "$HAL_ROOT" ]; then return 0; fi
  if has_daemon "$@"; then
    judge_systemd
    judge_tools useradd setpriv
  fi
  judge_user
}

judge_user() {
  if [ "$(id -u)" != 0 ]; then fail "only root may do this: sudo $0 $COMMAND_LINE"; fi
}

judge_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || fail "there is no $tool on this machine, which is needed: install the package that has it"
  done
}

judge_systemd() {
  local version
  if [ ! -d /run/systemd/system ]; then
    fail "systemd does not run here, and the daemons are its units: --halctl installs the terminal alone, --dry-run shows what would be done"
  fi
  version=$(systemd_version)
  if [ "${version:-0}" -lt "$OLDEST_SYSTEMD" ]; then
    fail "systemd $version is too old: the units need $OLDEST_SYSTEMD or newer; --halctl installs the terminal alone"
  fi
}

systemd_version() { systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p'; }

has_daemon() {
  local component
  for component in "$@"; do
    if is_daemon "$component"; then return 0; fi
  done
  return 1
}

# judge_archives COMPONENT…: that they run here, and that there is room for them.
judge_archives() {
  local component need=0
  for component in "$@"; do
    if [ -z "${ARCHIVE[$component]-}" ]; then return 0; fi
    judge_libc "$component"
    if ! is_unpacked "$component"; then need=$((need + $(unpacked_kb "${ARCHIVE[$component]}") + SPARE_KB)); fi
  done
  judge_room "$need"
}

judge_libc() {
  local floor here
  floor=$(member "$1" glibc-floor)
  here=$(host_libc)
  if [ -z "$floor" ]; then return 0; fi
  if [ -z "$here" ]; then fail "this system has no glibc, and $1 needs glibc $floor or newer: take a system that has it"; fi
  if ! is_at_least "$here" "$floor"; then
    fail "this system has glibc $here, and $1 needs $floor or newer: take a newer system, or, where this was built here, a release, which needs 2.28"
  fi
}

host_libc() { getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p'; }

is_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# The text of a file in a component's archive; nothing where it has none.
member() {
  tar --extract --to-stdout --occurrence=1 --gzip --file "${ARCHIVE[$1]}" "$1-$VERSION/$2" 2>/dev/null | head -n 1 || true
}

unpacked_kb() { gzip --list "$1" 2>/dev/null | awk 'END { printf "%d", $2 / 1024 }'; }

judge_room() {
  local free
  free=$(free_kb "$(nearest "$(at "$LIB")")")
  if [ "$free" -lt "$1" ]; then
    fail "$PREFIX has room for $((free / 1024)) MB, and $(($1 / 1024)) MB are needed: make room there, or take another --prefix"
  fi
}

free_kb() { df -Pk "$1" | awk 'END { print $4 }'; }

# The folder itself, or the nearest above it that there is.
nearest() {
  local folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  printf '%s' "$folder"
}

# advise_on_size COMPONENT…
advise_on_size() {
  local component want=0 free memory
  for component in "$@"; do want=$((want + ${MEMORY_MB[$component]:-0})); done
  free=$(($(free_kb "$(nearest "$(at "$DATA_DIR")")") / 1024))
  memory=$(($(memory_kb) / 1024))
  if [ "$free" -lt "$want" ]; then warn "$DATA_DIR has room for $free MB; $want MB or more are recommended"; fi
  # a machine that is sold with so much shows a little less
  if [ "$memory" -lt $((want * 9 / 10)) ]; then warn "this machine has $memory MB of memory; $want MB or more are recommended"; fi
}

memory_kb() { awk '/^MemTotal:/ { print $2 }' /proc/meminfo; }

# judge_ports COMPONENT…: a stranger on a port keeps a daemon from starting, so --start is refused; else it is a warning.
judge_ports() {
  local component port
  for component in "$@"; do
    for port in $(ports_of "$component"); do judge_port "$component" "$port"; done
  done
}

ports_of() {
  local config
  config=$(at "$(config_of "$1")")
  case $1 in
    hal-supervisor)
      setting "$config" port 8420
      setting "$config" http_port 8421
      ;;
    hal-agent) setting "$config" opencode_port 4096 ;;
  esac
}

# setting FILE KEY DEFAULT: a number in a configuration; nothing where it is none, or 0.
setting() {
  local value
  value=$(grep -o "\"$2\"[[:space:]]*:[[:space:]]*[^,}[:space:]]*" "$1" 2>/dev/null | head -n 1 | sed 's/.*:[[:space:]]*//') || true
  value=${value:-$3}
  if [[ $value =~ ^[1-9][0-9]*$ ]]; then printf '%s\n' "$value"; fi
}

judge_port() {
  local component=$1 port=$2 inode owner text
  inode=$(listening "$port")
  if [ -z "$inode" ]; then return 0; fi
  owner=$(owner_of "$inode")
  if is_expected "$component" "$owner"; then return 0; fi
  text="port $port, which $component needs, is taken by ${owner:-another program}: end that, or set another port in $(config_of "$component")"
  if is_given start && ! is_given dry-run; then fail "$text"; fi
  warn "$text"
}

# The socket that listens on a port, by its inode.
listening() {
  local tables=(/proc/net/tcp)
  if [ -r /proc/net/tcp6 ]; then tables+=(/proc/net/tcp6); fi
  awk -v port="$(printf '%04X' "$1")" '$4 == "0A" { split($2, at, ":"); if (at[2] == port) { print $10; exit } }' "${tables[@]}"
}

# The program that has a socket, and its process; only root sees that of others.
owner_of() {
  local process
  process=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" -print -quit 2>/dev/null | cut -d / -f 3) || true
  if [ -n "$process" ]; then printf '%s (process %s)' "$(cat "/proc/$process/comm")" "$process"; fi
}

# The agent's opencode is its user's, whatever it is called.
is_expected() {
  local process
  case $2 in
    hal-supervisor\ *) [ "$1" = hal-supervisor ] ;;
    '') systemctl is-active --quiet "$1" 2>/dev/null ;;
    *)
      process=${2##*process }
      [ "$1" = hal-agent ] && [ "$(stat -c %U "/proc/${process%)}" 2>/dev/null)" = hal-agent ]
      ;;
  esac
}

# Where the unit of the agent finds opencode.
advise_on_opencode() {
  local config
  config=$(at "$(config_of hal-agent)")
  if [ -n "$HAL_ROOT" ] || grep -qs '"command"' "$config"; then return 0; fi
  if ! PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin command -v opencode >/dev/null; then
    warn "hal-agent runs opencode, and there is none in /usr/local/bin or /usr/bin: install it there, or name it as opencode.command in $(config_of hal-agent)"
  fi
}
