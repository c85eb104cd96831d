# shellcheck shell=bash
# A plan is a list of steps, each a word and its arguments. `says_<word>` is the line that shows it, `does_<word>` does it: what a dry run
# prints is what a run does.

PLAN=()

plan() { PLAN+=("$*"); }

show_plan() {
  local step words
  for step in "${PLAN[@]}"; do
    read -ra words <<<"$step"
    show_step "${words[@]}"
  done
}

show_step() {
  local word=$1
  shift
  printf '  %-8s %s\n' "${word%%_*}" "$("says_$word" "$@")"
}

run_plan() {
  local step words
  for step in "${PLAN[@]}"; do
    read -ra words <<<"$step"
    show_step "${words[@]}"
    "does_${words[0]}" "${words[@]:1}"
  done
}

# The word of a step that is in the plan, with its arguments, or the beginning of them.
is_planned() {
  local step
  for step in "${PLAN[@]}"; do
    if [[ "$step " == "$* "* ]]; then return 0; fi
  done
  return 1
}

# One run at a time.
take_lock() {
  local folder file
  folder=$(at /run/lock)
  mkdir -p "$folder"
  file=$folder/hal-o-swarm.lock
  exec {LOCK}>>"$file"
  flock --nonblock "$LOCK" || fail "another installation, upgrade or removal is under way: wait until it has ended"
}

TEMPORARY=()

forget_at_end() { TEMPORARY+=("$1"); }

# Whatever a run ends by.
end_run() {
  local code=$? path
  trap - EXIT
  if [ "$code" -ne 0 ] && [ $((${#EARLIER[@]} + ${#EARLIER_UNIT[@]})) -gt 0 ]; then take_back || true; fi
  for path in "${TEMPORARY[@]}"; do rm -rf -- "$path"; done
  exit "$code"
}

watch_run() {
  trap end_run EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}
