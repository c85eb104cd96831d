# shellcheck shell=bash
# How files get to the disk: whole or not at all.

# put_file PATH OWNER GROUP MODE: what stands on the standard input, in the place of what is there.
put_file() {
  local path part
  path=$(at "$1")
  part=$(mktemp "$path.XXXXXX")
  forget_at_end "$part"
  cat >"$part"
  give "$part" "$2" "$3" "$4"
  to_disk "$part"
  mv -fT "$part" "$path"
}

# to_disk [-f] PATH: before anything relies on it. What is put below HAL_ROOT is not what a machine has to start with.
to_disk() {
  if [ -z "$HAL_ROOT" ]; then sync "$@"; fi
}

# put_link PATH TARGET
put_link() {
  local path part
  path=$(at "$1")
  part=$path.$$.new
  forget_at_end "$part"
  rm -f -- "$part"
  ln -s "$2" "$part"
  mv -fT "$part" "$path"
}

# give PATH OWNER GROUP MODE: of that one file or folder, never of what is below it.
give() {
  if is_root_here; then chown --no-dereference "$2:$3" "$1"; fi
  chmod "$4" "$1"
}

# Owners can be set, and users are those of this machine.
is_root_here() { has_users && [ "$(id -u)" = 0 ]; }

# render TEMPLATE: its text with the places in it.
render() {
  local text
  text=$(<"$DEPLOY/$1")
  text=${text//@PREFIX@/"$PREFIX"}
  text=${text//@CONFIG_DIR@/"$CONFIG_DIR"}
  text=${text//@DATA_DIR@/"$DATA_DIR"}
  text=${text//@LOG_DIR@/"$LOG_DIR"}
  printf '%s\n' "$text"
}
