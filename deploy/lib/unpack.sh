# shellcheck shell=bash
# A version of a component is a folder beside those of other versions. It is complete before anything leads to it.

# Whether the folder is there and has what its archive has.
is_unpacked() {
  local folder
  folder=$(at "$(folder_of "$1" "$VERSION")")
  [ -f "$folder/.artefact" ] && [ "$(cat "$folder/.artefact")" = "$(listed_sum "$(archive_name "$1")")" ] && is_intact "$folder"
}

is_intact() { (cd "$1" && sha256sum --check --status .sha256 2>/dev/null); }

plan_unpack() {
  if [ -n "${ARCHIVE[$1]-}" ] && is_unpacked "$1"; then
    plan keep "$(folder_of "$1" "$VERSION")"
  else
    plan unpack "$1" "$VERSION"
    CHANGED[$1]=1
  fi
}

says_unpack() { printf '%s  (%s)' "$(folder_of "$1" "$2")" "$(archive_name "$1")"; }

does_unpack() {
  local component=$1 folder part above
  folder=$(at "$(folder_of "$1" "$2")")
  above=$(dirname "$folder")
  mkdir -p "$above"
  clear_leftovers "$component" "$above"
  part=$(mktemp -d "$above/.$component.XXXXXX")
  forget_at_end "$part"
  extract "$component" "$part" || fail "$(why_not_unpacked "$component" "$part")"
  judge_unpacked "$component" "$part"
  (cd "$part" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$part.sha256" || fail "$(why_not_unpacked "$component" "$part")"
  forget_at_end "$part.sha256"
  mv "$part.sha256" "$part/.sha256"
  listed_sum "$(archive_name "$component")" >"$part/.artefact"
  chmod 0755 "$part"
  to_disk -f "$part"
  put_folder "$part" "$folder" "$component"
  to_disk -f "$above"
}

# What a run left that was killed, but for what its link leads to.
clear_leftovers() {
  local leftover
  for leftover in "$2/.$1".*; do
    case $(readlink "$(at "$(link_of "$1")")") in */"$(basename "$leftover")"/*) continue ;; esac
    rm -rf -- "$leftover"
  done
}

extract() {
  tar --extract --gzip --file "${ARCHIVE[$1]}" --directory "$2" --strip-components 1 \
    --no-same-owner --no-same-permissions 2>"$2.log"
  local code=$?
  forget_at_end "$2.log"
  return "$code"
}

why_not_unpacked() {
  local reason
  reason=$(tail -n 1 "$2.log" 2>/dev/null)
  printf 'cannot unpack %s below %s (%s): make room there and run this again; what was installed is unchanged' \
    "$(archive_name "$1")" "$LIB" "${reason:-no room}"
}

judge_unpacked() {
  local component=$1 part=$2 said
  if [ "$(cat "$part/VERSION" 2>/dev/null)" != "$VERSION" ] || [ ! -x "$part/bin/$component" ]; then
    fail "$(archive_name "$component") is not put together as an artefact is: take it from a release, or make it with npm run release:artefacts"
  fi
  said=$("$part/bin/$component" --version 2>&1) ||
    fail "$component $VERSION does not run on this machine ($(head -n 1 <<<"$said")); what was installed is unchanged"
}

# A folder takes the place of a damaged one without a moment in which a link leads nowhere.
put_folder() {
  local part=$1 folder=$2 component=$3 link spare name
  if [ ! -e "$folder" ]; then
    mv -T "$part" "$folder"
    return 0
  fi
  link=$(link_of "$component")
  spare=$(dirname "$folder")/.$component.$$
  name=$(basename "$(dirname "$folder")")
  cp -al "$part" "$spare"
  forget_at_end "$spare"
  if [ "$(current_version "$component")" = "$name" ]; then
    put_link "$link" "../lib/hal-o-swarm/$name/.$component.$$/bin/$component"
    rm -rf -- "$folder"
    mv -T "$part" "$folder"
    put_link "$link" "$(link_target "$component" "$name")"
  else
    rm -rf -- "$folder"
    mv -T "$part" "$folder"
  fi
}

# Versions that nothing leads to any more once this plan has run.
plan_prune() {
  local component=$1 before=$2 version folder
  for folder in "$(at "$LIB")"/*/"$component"; do
    if [ ! -d "$folder" ]; then continue; fi
    version=$(basename "$(dirname "$folder")")
    case $version in "$VERSION" | "$before") continue ;; esac
    plan prune "$component" "$version"
  done
}

says_prune() { printf '%s  (neither this version nor the one before)' "$(folder_of "$1" "$2")"; }

does_prune() {
  local folder
  folder=$(at "$(folder_of "$1" "$2")")
  if is_running_from "$folder"; then
    warn "$(folder_of "$1" "$2") is kept: a process still runs from it"
    return 0
  fi
  rm -rf -- "$folder"
  rmdir --ignore-fail-on-non-empty "$(dirname "$folder")"
}

is_running_from() { [ -n "$(find /proc/[0-9]*/exe -maxdepth 0 -lname "$1/*" -print -quit 2>/dev/null)" ]; }
