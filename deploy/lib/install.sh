# shellcheck shell=bash
# Installing, whether it is the first time, once more, to another version, or to repair what is there.

# install_components COMPONENT…
install_components() {
  judge_given
  judge_machine "$@"
  settle_places
  if [[ " $* " == *" hal-supervisor "* ]]; then judge_hidden_places; fi
  if [ -n "$HAL_ROOT" ] && { is_given start || is_given enable; }; then
    fail "below HAL_ROOT nothing is started: leave out --start and --enable"
  fi
  if ! is_given dry-run; then
    watch_run
    take_lock
  fi
  find_artefacts "$@"
  judge_archives "$@"
  advise "$@"
  plan_installation "$@"
  carry_out "HAL-O-SWARM $VERSION for $PLATFORM"
  if ! is_given dry-run; then say_what_is_next "$@"; fi
}

# What was planned is shown, or done.
carry_out() {
  if is_given dry-run; then
    say "$1, what would be done:"
    show_plan
    say "Nothing was changed."
    return 0
  fi
  say "$1:"
  run_plan
}

advise() {
  if ! has_daemon "$@"; then return 0; fi
  advise_on_size "$@"
  judge_ports "$@"
  if [[ " $* " == *" hal-agent "* ]]; then advise_on_opencode; fi
}

plan_installation() {
  local component daemons=()
  for component in "$@"; do
    plan_unpack "$component"
    if is_daemon "$component"; then daemons+=("$component"); fi
  done
  for component in "${daemons[@]}"; do plan_users "$component"; done
  if [ "${#daemons[@]}" -gt 0 ]; then plan_folders "${daemons[@]}"; fi
  for component in "${daemons[@]}"; do plan_config "$component"; done
  if has_users; then
    for component in "${daemons[@]}"; do plan validate "$component" "$VERSION"; done
  fi
  for component in "${daemons[@]}"; do plan_unit "$component"; done
  for component in "$@"; do plan_links "$component"; done
  if has_systemd && [ "${#daemons[@]}" -gt 0 ]; then
    plan reload
    for component in "${daemons[@]}"; do plan_service "$component"; done
  fi
  for component in "$@"; do
    if is_planned backup "$component"; then plan_prune "$component" "$(current_version "$component")"; else plan_prune "$component" "$(backup_version "$component")"; fi
  done
}

say_what_is_next() {
  local component daemons=() edit=()
  for component in "$@"; do
    if ! is_daemon "$component"; then continue; fi
    if will_be_started "$component"; then
      say "$component runs: systemctl status $component"
      continue
    fi
    daemons+=("$component")
    if is_planned config "$component"; then edit+=("$(config_of "$component")"); fi
    if [ -n "${CHANGED[$component]-}" ] && has_systemd && is_active "$component"; then
      warn "$component runs as it was before: sudo systemctl restart $component"
    fi
  done
  if [ "${#edit[@]}" -gt 0 ]; then say "Edit ${edit[*]}."; fi
  if [ "${#daemons[@]}" -gt 0 ]; then
    say "Start: sudo systemctl start ${daemons[*]}"
    say "Start with the machine: sudo systemctl enable ${daemons[*]}"
  fi
  if is_planned config hal-supervisor; then
    say "An agent of another machine needs its token, which this shows: sudo grep auth_token $(config_of hal-supervisor)"
  fi
}
