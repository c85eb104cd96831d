# shellcheck shell=bash
# Units and links: what makes a version the one that is used. Each version keeps its unit in its folder, so that going back to it brings
# that back, too.

declare -A CHANGED=() # components of which something is new, so that what runs is not what is installed
# what this run took the place of: where a link led (`file` where there was a program itself), where its backup led, and a unit's text
declare -A EARLIER=() EARLIER_BACKUP=() EARLIER_UNIT=()

# plan_unit COMPONENT
plan_unit() {
  local component=$1 installed
  installed=$(at "$(unit_file "$component")")
  if ! is_planned unpack "$component" && [ -f "$installed" ] && [ "$(unit_text "$component" "$VERSION")" = "$(cat "$installed")" ]; then
    plan keep "$(unit_file "$component")"
  else
    plan unit "$component" "$VERSION"
    CHANGED[$component]=1
  fi
}

says_unit() { printf '%s' "$(unit_file "$1")"; }

does_unit() {
  local component=$1 version=$2 own text
  own=$(folder_of "$component" "$version")
  text=$(unit_text "$component" "$version")
  keep_edited "$component"
  mkdir -p "$(at "$own/systemd")"
  if [ "$component" = hal-agent ]; then
    mkdir -p "$(at "$own/libexec")"
    put_file "$own/libexec/hal-agent-stop" root root 0755 <"$DEPLOY/libexec/hal-agent-stop"
  fi
  put_file "$own/systemd/$component.service" root root 0644 <<<"$text"
  mkdir -p "$(at "$UNITS")"
  if [ -f "$(at "$(unit_file "$component")")" ]; then EARLIER_UNIT[$component]=$(cat "$(at "$(unit_file "$component")")"); fi
  put_file "$(unit_file "$component")" root root 0644 <<<"$text"
}

unit_text() {
  local component=$1 version=$2 own text documentation
  own=$(folder_of "$component" "$version")
  documentation=$(releases_address)
  text=$(render "units/$component.service")
  text=${text//@LIBEXEC@/"$own/libexec"}
  text=${text//@DOCUMENTATION@/"${documentation%/releases}"}
  if ! speaks_to_systemd "$(at "$own")"; then text=$(sed '/^WatchdogS/d; /^NotifyAccess=/d; s/^Type=notify$/Type=simple/' <<<"$text"); fi
  printf '%s\n' "$text"
}

# A version that does not tell systemd that it is ready must not be waited for.
speaks_to_systemd() { [ ! -d "$1/app" ] || grep -rqs NOTIFY_SOCKET "$1/app"; }

# A unit that somebody changed by hand is not lost.
keep_edited() {
  local installed written version
  installed=$(at "$(unit_file "$1")")
  version=$(current_version "$1")
  written=$(at "$(folder_of "$1" "$version")/systemd/$1.service")
  if [ ! -f "$installed" ] || { [ -n "$version" ] && cmp -s "$installed" "$written"; }; then return 0; fi
  cp -p "$installed" "$installed.before"
  warn "$(unit_file "$1") was another one, and is kept as $(unit_file "$1").before: changes belong in systemctl edit $1"
}

# plan_links COMPONENT: what was there before is kept as the backup.
plan_links() {
  local component=$1 link version
  link=$(link_of "$component")
  version=$(current_version "$component")
  if [ "$(readlink "$(at "$link")" 2>/dev/null)" = "$(link_target "$component" "$VERSION")" ]; then
    plan keep "$link"
    return 0
  fi
  if [ -e "$(at "$link")" ] && [ "$version" != "$VERSION" ]; then plan backup "$component" "${version:--}"; fi
  plan link "$component" "$VERSION"
  CHANGED[$component]=1
}

says_backup() {
  local of="version $2"
  if [ "$2" = - ]; then of="the program that is there"; fi
  printf '%s.backup  → %s' "$(link_of "$1")" "$of"
}

does_backup() {
  local link
  link=$(at "$(link_of "$1")")
  EARLIER_BACKUP[$1]=$(readlink "$link.backup" 2>/dev/null || true)
  if [ -L "$link" ]; then
    put_link "$(link_of "$1").backup" "$(readlink "$link")"
  else
    cp -p "$link" "$link.$$.new"
    mv -fT "$link.$$.new" "$link.backup"
  fi
}

says_link() { printf '%s  → %s' "$(link_of "$1")" "$(folder_of "$1" "$2")/bin/$1"; }

does_link() {
  local link
  link=$(at "$(link_of "$1")")
  mkdir -p "$(dirname "$link")"
  if [ -L "$link" ]; then
    EARLIER[$1]=$(readlink "$link")
  elif [ -e "$link" ]; then
    EARLIER[$1]='file'
  fi
  put_link "$(link_of "$1")" "$(link_target "$1" "$2")"
  to_disk -f "$(dirname "$link")"
}

# The version before and this one change places.
says_swap() { printf '%s  → version %s, and its backup → version %s' "$(link_of "$1")" "$2" "$3"; }

does_swap() {
  local link target
  link=$(link_of "$1")
  target=$(readlink "$(at "$link")")
  EARLIER[$1]=$target
  EARLIER_BACKUP[$1]=$(readlink "$(at "$link.backup")")
  put_link "$link" "${EARLIER_BACKUP[$1]}"
  put_link "$link.backup" "$target"
  to_disk -f "$(dirname "$(at "$link")")"
}

# The unit that a version was installed with.
says_unit_before() { printf '%s  (of version %s)' "$(unit_file "$1")" "$2"; }

does_unit_before() {
  local own installed
  own=$(at "$(folder_of "$1" "$2")/systemd/$1.service")
  installed=$(at "$(unit_file "$1")")
  if [ ! -f "$own" ]; then return 0; fi
  keep_edited "$1"
  if [ -f "$installed" ]; then EARLIER_UNIT[$1]=$(cat "$installed"); fi
  put_file "$(unit_file "$1")" root root 0644 <"$own"
}
