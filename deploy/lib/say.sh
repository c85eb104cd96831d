# shellcheck shell=bash
# What people are told. A refusal is one line that says the way out, and the exit code is 1.

say() { printf '%s\n' "$*"; }

warn() { printf 'warning: %s\n' "$*" >&2; }

fail() {
  printf '%s: %s\n' "$PROGRAM" "$*" >&2
  exit 1
}

# what was typed is wrong
misused() {
  printf '%s: %s; see %s --help\n' "$PROGRAM" "$*" "$PROGRAM" >&2
  exit 1
}
