# shellcheck shell=bash
# Starting what is installed, seeing that it is well, and going back where it is not.

RESTARTED=()
# how long a daemon may take until it is ready, and how long it then has to stay so
READY_SECONDS=60
STEADY_SECONDS=8
STEADY_AT_START=3 # where there is nothing to go back to

settle_wait() {
  if ! is_given wait; then return 0; fi
  if ! [[ ${OPTION[wait]} =~ ^[1-9][0-9]{0,3}$ ]]; then misused "--wait takes seconds, from 1 to 9999"; fi
  READY_SECONDS=${OPTION[wait]}
}

RESTART_ACTIVE=

restart_what_runs() { RESTART_ACTIVE=1; }

is_active() { systemctl is-active --quiet "$1" 2>/dev/null; }

# By --start everything is started, by an upgrade what runs already.
will_be_started() { has_systemd && { is_given start || { [ -n "$RESTART_ACTIVE" ] && is_active "$1"; }; }; }

# plan_service COMPONENT
plan_service() {
  if is_given enable; then
    if systemctl is-enabled --quiet "$1" 2>/dev/null; then plan keep_enabled "$1"; else plan enable "$1"; fi
  fi
  if ! will_be_started "$1"; then return 0; fi
  if ! is_active "$1"; then
    plan start "$1"
  elif [ -n "${CHANGED[$1]-}" ]; then
    plan restart "$1"
  else
    plan keep_running "$1"
  fi
}

says_reload() { printf 'the units, by systemd'; }
does_reload() { systemctl daemon-reload; }
says_enable() { printf '%s  (starts when the machine does)' "$1"; }
does_enable() { systemctl enable --quiet "$1" 2>/dev/null || fail "cannot enable $1: systemctl status $1 says why"; }
says_keep_enabled() { printf '%s, which is enabled' "$1"; }
does_keep_enabled() { :; }
says_keep_running() { printf '%s, which runs and is not new' "$1"; }
does_keep_running() { :; }
says_start() { printf '%s, and wait until it is ready' "$1"; }
says_restart() { printf '%s, and wait until it is ready' "$1"; }

does_start() { bring_up start "$1" || fail "$(why_not_up "$1")"; }

does_restart() {
  RESTARTED+=("$1")
  bring_up restart "$1" || fail "$(why_not_up "$1")"
}

why_not_up() {
  printf '%s is not well (%s): journalctl -u %s -n 50 says why' "$1" "${PROBLEM:-it did not start}" "$1"
}

# bring_up start|restart COMPONENT
bring_up() {
  PROBLEM=
  STARTED_AT=$(date +%s)
  systemctl reset-failed "$2" 2>/dev/null || true
  # in a shell of its own, so that whoever interrupts it is answered here
  if ! (timeout $((READY_SECONDS * 2)) systemctl "$1" "$2") >/dev/null 2>&1; then
    PROBLEM="it did not start"
    return 1
  fi
  if [ "$1" = start ]; then wait_ready "$2" && stays_up "$2" "$STEADY_AT_START"; else wait_ready "$2" && stays_up "$2" "$STEADY_SECONDS"; fi
}

wait_ready() {
  local end=$((SECONDS + READY_SECONDS)) answer
  while :; do
    if ! is_coming_or_up "$1"; then
      PROBLEM="it ended"
      return 1
    fi
    if is_active "$1"; then
      answer=$(readiness "$1")
      case $answer in 200 | unasked) return 0 ;; esac
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      PROBLEM="not ready within $READY_SECONDS s; /readyz says ${answer:-nothing}"
      return 1
    fi
    sleep 0.5
  done
}

is_coming_or_up() {
  case $(property "$1" ActiveState) in active | activating | reloading) ;; *) return 1 ;; esac
}

stays_up() {
  local before end=$((SECONDS + $2))
  before=$(property "$1" MainPID)
  while [ "$SECONDS" -lt "$end" ]; do
    sleep 1
    if ! is_active "$1" || [ "$(property "$1" MainPID)" != "$before" ]; then
      PROBLEM="it ended again"
      return 1
    fi
  done
}

property() { systemctl show --property "$2" --value "$1"; }

# What /readyz of the supervisor answers: a status of HTTP, nothing where there is no answer, or `unasked` where that is no test.
readiness() {
  local port host status config
  if [ "$1" != hal-supervisor ]; then
    printf unasked
    return 0
  fi
  config=$(at "$(config_of hal-supervisor)")
  port=$(setting "$config" http_port 8421)
  host=$(sed -n '/.*"host"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/ { s//\1/p; q }' "$config")
  case $host in '' | localhost | 0.0.0.0 | ::) host=127.0.0.1 ;; esac
  if [ -z "$port" ] || ! [[ $host =~ ^[0-9a-fA-F.:]+$ ]]; then
    printf unasked
    return 0
  fi
  status=$(ask "$host" "$port" 2>/dev/null) || true
  # TLS alone is spoken there
  if [ "$status" = 426 ]; then status=unasked; fi
  printf '%s' "$status"
}

# With nothing but bash, as there may be no curl.
ask() {
  # shellcheck disable=SC2016
  timeout 5 bash -c '
    exec 3<>"/dev/tcp/$0/$1"
    printf "GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3
    read -r _ status _ <&3
    printf %s "$status"' "$1" "$2"
}

# Everything as it was before this run: links, units, and what was restarted.
take_back() {
  local component failed=
  printf '%s: going back to what was installed before\n' "$PROGRAM" >&2
  for component in "${!EARLIER[@]}"; do put_back_link "$component"; done
  for component in "${!EARLIER_UNIT[@]}"; do put_file "$(unit_file "$component")" root root 0644 <<<"${EARLIER_UNIT[$component]}"; done
  if [ "${#EARLIER_UNIT[@]}" -gt 0 ] && has_systemd; then
    systemctl daemon-reload
    for component in "${RESTARTED[@]}"; do
      if ! bring_up_earlier "$component"; then failed+=" $(why_not_up "$component")"; fi
    done
  fi
  if [ -n "$failed" ]; then
    printf '%s: the version before is installed again, but%s\n' "$PROGRAM" "$failed" >&2
  else
    printf '%s: the version before is installed again%s\n' "$PROGRAM" "${RESTARTED[*]:+, and runs}" >&2
  fi
}

put_back_link() {
  local link backup=${EARLIER_BACKUP[$1]-}
  link=$(link_of "$1")
  if [ "${EARLIER[$1]}" = file ]; then
    mv -fT "$(at "$link").backup" "$(at "$link")"
  else
    put_link "$link" "${EARLIER[$1]}"
    rm -f -- "$(at "$link.backup")"
  fi
  if [ -n "$backup" ]; then put_link "$link.backup" "$backup"; fi
}

# An earlier version refuses a database that a newer one changed; from before that there is a copy.
bring_up_earlier() {
  local database
  if bring_up restart "$1"; then return 0; fi
  database=$(newer_database "$1")
  if [ -z "$database" ] || [ ! -f "$database.before-migration" ]; then return 1; fi
  systemctl stop "$1" 2>/dev/null || true
  printf '%s: %s was changed by the newer version; its copy from before that takes its place\n' "$PROGRAM" "$database" >&2
  restore_database "$1" "$database" && bring_up start "$1"
}

newer_database() {
  journalctl --unit "$1" --since "@$STARTED_AT" --output cat --no-pager 2>/dev/null |
    sed -n 's/.*the database \(.*\) was written by a newer version of this program.*/\1/p' | tail -n 1
}

restore_database() {
  local kept
  if [ "$1" = hal-supervisor ]; then
    as_service hal-supervisor "$(link_of hal-supervisor)" db restore "$2.before-migration" --db-path "$2" >/dev/null
    return 0
  fi
  kept=$2.newer-$(date +%s)
  # shellcheck disable=SC2016
  as_service "$1" sh -c 'for part in "" -wal -shm; do if [ -e "$1$part" ]; then mv "$1$part" "$2$part"; fi; done; cp "$1.before-migration" "$1"' - "$2" "$kept"
}
