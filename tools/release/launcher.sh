#!/bin/sh
# Starts @COMPONENT@ on the Node that lies beside it, whichever link it was called by. Where a control group limits
# the memory, V8 gets 60 % of that, so that a heap that grows ends with V8's own words and not by the kernel.
set -eu

folder=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")

# the lowest limit so far, in bytes
limit=

# A file of one number; what is no number, or too large to be a limit, counts as none.
lower() {
  [ -r "$1" ] || return 0
  value=
  read -r value <"$1" || true
  case $value in
    '' | *[!0-9]* | ??????????????????*) return 0 ;;
  esac
  if [ -z "$limit" ] || [ "$value" -lt "$limit" ]; then limit=$value; fi
}

# The limits of a group and of all those above it: mount, group, name of the file.
lower_by_group() {
  group=${2%/}
  while :; do
    lower "$1$group/$3"
    [ -n "$group" ] || break
    group=${group%/*}
  done
}

groups='@ROOT@/proc/self/cgroup'
mounts='@ROOT@/sys/fs/cgroup'
if [ -r "$groups" ]; then
  while IFS=: read -r _ controllers path; do
    case ,$controllers, in
      ,,) lower_by_group "$mounts" "$path" memory.max ;;
      *,memory,*) lower_by_group "$mounts/memory" "$path" memory.limit_in_bytes ;;
    esac
  done <"$groups"
fi

cap=
if [ -n "$limit" ]; then
  megabytes=$((limit * 60 / 100 / 1048576))
  if [ "$megabytes" -lt 64 ]; then megabytes=64; fi
  cap=--max-old-space-size=$megabytes
fi
# who set one by NODE_OPTIONS meant it
case ${NODE_OPTIONS-} in
  *max-old-space-size* | *max_old_space_size*) cap= ;;
esac

exec "$folder/runtime/@COMPONENT@" ${cap:+"$cap"} "$folder/app/bin/@COMPONENT@.js" "$@"
