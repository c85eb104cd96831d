# shellcheck shell=bash
# Which archives are installed, and that they are what they should be. Nothing is unpacked before its checksum was right.

declare -A ARCHIVE=() # the file of each component
ARTEFACTS=            # the folder that they are in
SUMS=                 # its SHA256SUMS
VERSION=

platform() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) printf 'linux-x64' ;;
    Linux-aarch64 | Linux-arm64) printf 'linux-arm64' ;;
    *) return 1 ;;
  esac
}

archive_name() { printf '%s-%s-%s.tar.gz' "$1" "$VERSION" "$PLATFORM"; }

# find_artefacts COMPONENT…: from --from, else from the releases of --repo. A dry run looks nowhere but in --from.
find_artefacts() {
  local component
  if is_given from; then
    take_from "${OPTION[from]}" "$1"
  elif is_given dry-run; then
    VERSION=${OPTION[version]:-NEWEST}
    return 0
  else
    download "$@"
  fi
  for component in "$@"; do
    ARCHIVE[$component]=$ARTEFACTS/$(archive_name "$component")
    if [ ! -f "${ARCHIVE[$component]}" ]; then fail "$(missing_archive "$component")"; fi
    check_sum "$(archive_name "$component")"
  done
}

take_from() {
  local from=$1 component=$2 name
  if [ -d "$from" ]; then
    ARTEFACTS=${from%/}
    VERSION=${OPTION[version]:-$(newest_version "$component")}
    if [ -z "$VERSION" ]; then
      VERSION='*'
      fail "$(missing_archive "$component")"
    fi
  elif [ -f "$from" ]; then
    ARTEFACTS=$(dirname "$from")
    name=$(basename "$from")
    if ! [[ $name =~ ^(hal-supervisor|hal-agent|halctl)-([0-9][0-9A-Za-z.+-]*)-(linux-[a-z0-9]+)\.tar\.gz$ ]]; then
      fail "$from is no artefact: its name is that of none, such as $component-1.0.0-$PLATFORM.tar.gz"
    fi
    VERSION=${BASH_REMATCH[2]}
    if [ "${BASH_REMATCH[3]}" != "$PLATFORM" ]; then
      fail "$name is for ${BASH_REMATCH[3]}, and this machine is $PLATFORM: take $(archive_name "${BASH_REMATCH[1]}")"
    fi
    if is_given version && [ "${OPTION[version]}" != "$VERSION" ]; then
      fail "$name is not version ${OPTION[version]}: leave out --version, or take another archive"
    fi
  else
    fail "there is nothing at $from: --from takes the folder with the artefacts, or one of them"
  fi
  SUMS=$ARTEFACTS/SHA256SUMS
  if [ ! -f "$SUMS" ]; then fail "there is no $SUMS: take it from the release, too, as nothing is installed unchecked"; fi
}

newest_version() {
  find -H "$ARTEFACTS" -maxdepth 1 -name "$1-*-$PLATFORM.tar.gz" -printf '%f\n' |
    sed "s/^$1-//; s/-$PLATFORM\.tar\.gz\$//" | sort -V | tail -n 1
}

missing_archive() {
  local there
  there=$(find -H "$ARTEFACTS" -maxdepth 1 -name "$1-*.tar.gz" -printf ' %f' 2>/dev/null)
  printf 'there is no %s in %s, which has%s' "$(archive_name "$1")" "$ARTEFACTS" "${there:- no $1 at all}"
}

# What the list of checksums has of a name.
listed_sum() { awk -v name="$1" '$2 == name || $2 == "*" name { print $1; exit }' "$SUMS"; }

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

check_sum() {
  local name=$1 listed
  listed=$(listed_sum "$name")
  if [ -z "$listed" ]; then fail "$SUMS does not list $name: take both from the same release"; fi
  if [ "$(sum_of "$ARTEFACTS/$name")" != "$listed" ]; then
    fail "$name is damaged or not what was released (its SHA-256 is not that of SHA256SUMS): fetch it again; nothing was changed"
  fi
}

# The newest release, or the one of --version, into a folder that is gone afterwards.
download() {
  local component releases name
  releases=$(releases_address)
  ARTEFACTS=$(mktemp -d "${TMPDIR:-/tmp}/hal-release.XXXXXX")
  forget_at_end "$ARTEFACTS"
  SUMS=$ARTEFACTS/SHA256SUMS
  if is_given version; then
    fetch "$releases/download/v${OPTION[version]}/SHA256SUMS" "$SUMS"
    VERSION=${OPTION[version]}
  else
    fetch "$releases/latest/download/SHA256SUMS" "$SUMS"
    VERSION=$(sed -n "/.*[ *]$1-\(.*\)-$PLATFORM\.tar\.gz\$/ { s//\1/p; q }" "$SUMS")
    if [ -z "$VERSION" ]; then fail "the newest release of $(repository) has no $1 for $PLATFORM"; fi
  fi
  for component in "$@"; do
    name=$(archive_name "$component")
    say "fetching $name"
    fetch "$releases/download/v$VERSION/$name" "$ARTEFACTS/$name"
  done
}

repository() { printf '%s' "${OPTION[repo]:-bldg-7/hal-o-swarm}"; }

releases_address() {
  local repo
  repo=$(repository)
  case $repo in
    http://* | https://*) printf '%s/releases' "${repo%/}" ;;
    *)
      if ! [[ $repo =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]]; then fail "--repo is OWNER/NAME on GitHub, or an address; it is $repo"; fi
      printf 'https://github.com/%s/releases' "$repo"
      ;;
  esac
}

fetch() {
  local way
  way="see that the release is there and the network is up, or fetch it elsewhere and say --from DIR"
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --retry 2 --output "$2" "$1" 2>/dev/null || fail "cannot fetch $1: $way"
  elif command -v wget >/dev/null; then
    wget --quiet --tries 3 --output-document "$2" "$1" 2>/dev/null || fail "cannot fetch $1: $way"
  else
    fail "there is neither curl nor wget to fetch the release with: install one, or fetch it elsewhere and say --from DIR"
  fi
}
