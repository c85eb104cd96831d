# shellcheck shell=bash
# Users, folders, configurations and the token. What is there is kept, whoever wrote it.

# Stands where no token is known; the programs warn about it.
PLACEHOLDER=your-shared-secret-here
TOKEN=

plan_users() {
  local component=$1
  if ! has_users; then return 0; fi
  if ! id -u "$component" >/dev/null 2>&1; then
    plan user "$component" "$(home_of "$component")"
  elif [ "$(getent passwd "$component" | cut -d : -f 6)" != "$(home_of "$component")" ]; then
    plan home "$component" "$(home_of "$component")"
  else
    plan keep_user "$component"
  fi
}

says_user() { printf '%s  (system account without a login, home %s)' "$1" "$2"; }
says_home() { printf '%s  → %s' "$1" "$2"; }
says_keep_user() { printf 'the user %s' "$1"; }
does_keep_user() { :; }

does_user() {
  local group=(--user-group)
  if getent group "$1" >/dev/null; then group=(--gid "$1"); fi
  useradd --system "${group[@]}" --no-create-home --home-dir "$2" --shell "$(no_login)" "$1" || fail "cannot make the user $1"
}

does_home() { usermod --home "$2" "$1" || warn "the home of $1 stays as it is while its processes run; afterwards: sudo usermod --home $2 $1"; }

no_login() {
  local shell
  for shell in /usr/sbin/nologin /sbin/nologin; do
    if [ -x "$shell" ]; then break; fi
  done
  printf '%s' "$shell"
}

# plan_folders COMPONENT…
plan_folders() {
  local owner=root logger=hal-agent
  if will_be_here hal-supervisor "$@"; then
    owner=hal-supervisor
    logger=hal-supervisor
  fi
  plan_folder "$CONFIG_DIR" root root 0755
  plan_folder "$DATA_DIR" "$owner" "$owner" 0755
  if will_be_here hal-agent "$@"; then plan_folder "$DATA_DIR/agent" hal-agent hal-agent 0700; fi
  plan_folder "$LOG_DIR" "$logger" "$logger" 0755
}

will_be_here() {
  local component=$1
  shift
  [[ " $* " == *" $component "* ]] || is_installed "$component"
}

plan_folder() {
  local folder
  folder=$(at "$1")
  if [ -d "$folder" ] && [ "$(mode_and_owner "$folder")" = "$(wanted_owner "$2" "$3") ${4#0}" ]; then
    plan keep "$1"
  else
    plan folder "$@"
  fi
}

mode_and_owner() { printf '%s %s' "$(wanted_owner "$(stat -Lc %U "$1")" "$(stat -Lc %G "$1")")" "$(stat -Lc %a "$1")"; }

# Below HAL_ROOT owners are whoever installs.
wanted_owner() { if has_users; then printf '%s:%s' "$1" "$2"; else printf '%s' -; fi; }

says_folder() { printf '%s  (%s:%s %s)' "$@"; }

does_folder() {
  local folder
  folder=$(at "$1")
  # what a daemon may have put in the place of its folder, so that root gives it something else
  if [ -L "$folder" ] && [ "$(stat -c %u "$folder")" != 0 ] && has_users; then
    fail "$1 is a link that $(stat -c %U "$folder") made: see where it leads, and remove it"
  fi
  mkdir -p "$folder"
  folder=$(readlink -f "$folder")
  give "$folder" "$2" "$3" "$4"
}

plan_config() {
  local component=$1 path
  path=$(config_of "$component")
  if [ ! -e "$(at "$path")" ]; then
    plan config "$component" "$(token_source "$component")"
  elif [ "$component" = hal-agent ] && { is_given supervisor-url || is_given token-file; }; then
    if is_untouched; then
      plan config hal-agent "$(token_source hal-agent)"
    else
      plan keep "$path"
      warn "$path is there already and is kept: what --supervisor-url and --token-file say is not written into it"
    fi
  else
    plan keep "$path"
  fi
  path=$(env_of "$component")
  if [ -e "$(at "$path")" ]; then plan keep "$path"; else plan env "$component"; fi
}

# Whether the agent's configuration is as an earlier run wrote it, without an address or a token in it.
is_untouched() { grep -qs "\"auth_token\": \"$PLACEHOLDER\"" "$(at "$(config_of hal-agent)")"; }

# Where the token of a new configuration is from: given, made, shared (the supervisor's on this machine), or none.
token_source() {
  if is_given token-file; then
    printf given
  elif [ "$1" = hal-supervisor ] || is_planned config hal-supervisor; then
    printf made
  elif [ -e "$(at "$(config_of hal-supervisor)")" ]; then
    printf shared
  else
    printf none
  fi
}

says_config() {
  local from
  case $2 in
    given) from="the token of ${OPTION[token-file]}" ;;
    made) from="a token that is made now" ;;
    shared) from="the token of $(config_of hal-supervisor)" ;;
    none) from="a placeholder for the token" ;;
  esac
  printf '%s  (root:%s 0640, with %s)' "$(config_of "$1")" "$1" "$from"
}

does_config() {
  local text url
  settle_token "$2"
  text=$(render "config/${1#hal-}.config.json")
  url=$(supervisor_url)
  text=${text//@SUPERVISOR_URL@/"$url"}
  # with printf, a part of this shell, it is in no list of processes
  printf '%s\n' "${text//@TOKEN@/"$TOKEN"}" | put_file "$(config_of "$1")" root "$1" 0640
}

settle_token() {
  if [ -n "$TOKEN" ]; then return 0; fi
  case $1 in
    given) TOKEN=$(given_token) || exit 1 ;;
    made) TOKEN=$(od -An -vtx1 -N32 /dev/urandom | tr -d ' \n') ;;
    shared)
      TOKEN=$(sed -n '/.*"auth_token"[[:space:]]*:[[:space:]]*"\([^"$\\]*\)".*/ { s//\1/p; q }' "$(at "$(config_of hal-supervisor)")")
      if [ -z "$TOKEN" ]; then
        warn "$(config_of hal-supervisor) has no token that can be copied: write the same one into $(config_of hal-agent)"
        TOKEN=$PLACEHOLDER
      fi
      ;;
    none) TOKEN=$PLACEHOLDER ;;
  esac
}

given_token() {
  local file=${OPTION[token-file]} token=
  if [ ! -r "$file" ]; then fail "--token-file $file cannot be read: is it there, and may you?"; fi
  IFS= read -r token <"$file" || true
  token=${token%$'\r'}
  if ! [[ $token =~ ^[A-Za-z0-9._~+/=:@!#%^*-]+$ ]]; then
    fail "the first line of $file is no token: it has letters, digits and . _ ~ + / = : @ ! # % ^ * - and nothing else"
  fi
  printf '%s' "$token"
}

judge_given() {
  if is_given token-file && ! is_given dry-run; then given_token >/dev/null; fi
  if is_given supervisor-url && ! [[ ${OPTION[supervisor-url]} =~ ^(ws|wss|http|https)://[^/?#\"\\[:space:]@]+[^?#\"\\[:space:]@]*$ ]]; then
    fail "--supervisor-url is an address such as ws://supervisor-host:8420; it is ${OPTION[supervisor-url]}"
  fi
}

supervisor_url() {
  local port
  if is_given supervisor-url; then
    printf '%s' "${OPTION[supervisor-url]}"
  elif [ -e "$(at "$(config_of hal-supervisor)")" ]; then
    port=$(setting "$(at "$(config_of hal-supervisor)")" port 8420)
    printf 'ws://localhost:%s' "${port:-8420}"
  else
    printf 'ws://supervisor-host:8420'
  fi
}

says_env() { printf '%s  (root:%s 0640)' "$(env_of "$1")" "$1"; }
does_env() { render "config/${1#hal-}.env" | put_file "$(env_of "$1")" root "$1" 0640; }

says_keep() { printf '%s' "$1"; }
does_keep() { :; }

# What the version that is installed says of the configuration, as the user of its service.
says_validate() { printf '%s  (by %s %s, as the user %s)' "$(config_of "$1")" "$1" "$2" "$1"; }

does_validate() {
  local component=$1 said code=0
  said=$(as_service "$component" "$(folder_of "$component" "$2")/bin/$component" --config "$(config_of "$component")" --validate 2>&1) || code=$?
  grep -v '^configuration valid$' <<<"$said" | sed '/^$/d' >&2 || true
  if [ "$code" = 0 ]; then return 0; fi
  if will_be_started "$component"; then
    fail "$(config_of "$component") is not valid for $component $2: correct it and run this again; what runs is unchanged"
  fi
  warn "$(config_of "$component") is not valid yet: correct it before it is started"
}

# as_service USER COMMAND…: with nothing of the environment of whoever installs.
as_service() {
  local user=$1
  shift
  env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$(home_of "$user")" \
    setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --init-groups "$@"
}
