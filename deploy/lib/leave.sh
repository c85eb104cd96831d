# shellcheck shell=bash
# What is done with what is installed: going back, and removing it.

# Of those that were named, or of all, the ones that are installed.
installed_components() { components_where is_linked; }
components_with_backup() { components_where has_backup; }

# Data may be purged after the programs were removed.
components_to_remove() {
  components_where is_anything_left
}

components_where() {
  local component named
  named=$(chosen_components)
  for component in hal-supervisor hal-agent halctl; do
    if [ -n "$named" ] && ! grep -qx "$component" <<<"$named"; then continue; fi
    if "$1" "$component"; then printf '%s\n' "$component"; fi
  done
}

is_linked() { [ -e "$(at "$(link_of "$1")")" ]; }

has_backup() { [ -n "$(backup_version "$1")" ] && [ -d "$(at "$(folder_of "$1" "$(backup_version "$1")")")" ]; }

is_anything_left() {
  if [ -L "$(at "$(link_of "$1")")" ] || [ -d "$(at "$LIB")" ] && compgen -G "$(at "$LIB")/*/$1" >/dev/null; then return 0; fi
  is_daemon "$1" && { is_installed "$1" || { is_given purge && [ -e "$(at "$(config_of "$1")")" ]; }; }
}

begin_change() {
  if is_given dry-run; then return 0; fi
  judge_tools flock
  if [ -z "$HAL_ROOT" ]; then
    judge_user
    if has_daemon "$@"; then judge_systemd; fi
  fi
  watch_run
  take_lock
}

# roll_back COMPONENT…
roll_back() {
  local component version
  begin_change "$@"
  for component in "$@"; do
    version=$(backup_version "$component")
    if is_daemon "$component"; then plan unit_before "$component" "$version"; fi
    plan swap "$component" "$version" "$(current_version "$component")"
  done
  if has_systemd && has_daemon "$@"; then
    plan reload
    for component in "$@"; do
      if is_daemon "$component" && is_active "$component"; then plan restart_before "$component"; fi
    done
  fi
  carry_out "The version before"
}

says_restart_before() { printf '%s, and wait until it is ready' "$1"; }

does_restart_before() {
  RESTARTED+=("$1")
  bring_up_earlier "$1" || fail "$(why_not_up "$1")"
}

# uninstall_components COMPONENT…
uninstall_components() {
  local component path
  begin_change "$@"
  for component in "$@"; do
    if is_daemon "$component"; then plan_end "$component"; fi
    for path in "$(link_of "$component")" "$(link_of "$component").backup"; do
      if [ -L "$(at "$path")" ] && [ -n "$(version_of_link "$path")" ]; then plan remove "$path"; fi
    done
    for path in "$(at "$LIB")"/*/"$component"; do
      if [ -d "$path" ]; then plan remove_folder "${path#"$HAL_ROOT"}"; fi
    done
  done
  if has_systemd && has_daemon "$@"; then plan reload; fi
  if is_given purge; then plan_purge "$@"; fi
  plan tidy "$LIB"
  carry_out "Removing ${*}"
  if ! is_given purge && ! is_given dry-run && has_daemon "$@"; then say "Kept: $CONFIG_DIR, $DATA_DIR, $LOG_DIR and the users. --purge removes them."; fi
}

plan_end() {
  local unit
  unit=$(unit_file "$1")
  if [ ! -e "$(at "$unit")" ]; then return 0; fi
  if has_systemd; then
    plan stop "$1"
    plan disable "$1"
  fi
  plan remove "$unit"
  if [ -e "$(at "$unit.before")" ]; then plan remove "$unit.before"; fi
}

says_stop() { printf '%s' "$1"; }
does_stop() { systemctl stop "$1" 2>/dev/null || fail "cannot stop $1: systemctl status $1 says why"; }
says_disable() { printf '%s' "$1"; }
does_disable() { systemctl disable --quiet "$1" 2>/dev/null || true; }
says_remove() { printf '%s' "$1"; }
does_remove() { rm -f -- "$(at "$1")"; }
says_remove_folder() { printf '%s' "$1"; }

does_remove_folder() {
  rm -rf --one-file-system -- "$(at "$1")"
  rmdir --ignore-fail-on-non-empty "$(dirname "$(at "$1")")"
}

plan_purge() {
  local component file
  for component in "$@"; do
    if ! is_daemon "$component"; then continue; fi
    for file in "$(config_of "$component")" "$(env_of "$component")"; do
      if [ -e "$(at "$file")" ]; then plan remove "$file"; fi
    done
    if [ "$component" = hal-agent ]; then
      if [ -d "$(at "$DATA_DIR/agent")" ]; then plan remove_folder "$DATA_DIR/agent"; fi
    else
      for file in "$(at "$DATA_DIR")"/supervisor.db*; do
        if [ -e "$file" ]; then plan remove "${file#"$HAL_ROOT"}"; fi
      done
    fi
    if has_users && id -u "$component" >/dev/null 2>&1; then plan remove_user "$component"; fi
  done
  for file in "$CONFIG_DIR" "$DATA_DIR" "$LOG_DIR"; do plan tidy "$file"; done
}

says_remove_user() { printf '%s' "$1"; }
does_remove_user() { userdel "$1" || warn "the user $1 stays: something of it still runs; afterwards: sudo userdel $1"; }
says_tidy() { printf '%s, where nothing else is in it' "$1"; }

does_tidy() {
  local folder
  folder=$(at "$1")
  if [ ! -d "$folder" ]; then return 0; fi
  rmdir --ignore-fail-on-non-empty "$folder"
  if [ -d "$folder" ]; then say "  kept      $1, which has something else in it"; fi
}
