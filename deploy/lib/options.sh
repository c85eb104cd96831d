# shellcheck shell=bash
# The command line.

declare -A OPTION=() # what was given, by name without dashes; a switch is 1

# takes SWITCHES VALUES: the names of what a script knows, without and with a value.
takes() {
  SWITCHES=$1
  VALUES=$2
}

# read_options "$@": fills OPTION, or refuses what it does not know.
read_options() {
  local word name
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
      -h | --help)
        usage
        exit 0
        ;;
      --*=*)
        name=${word%%=*}
        name=${name#--}
        takes_value "$name" || misused "--$name takes no value, or is no option"
        set_option "$name" "${word#*=}"
        ;;
      --*)
        name=${word#--}
        if takes_value "$name"; then
          case ${1-} in '' | --*) misused "--$name needs a value" ;; esac
          set_option "$name" "$1"
          shift
        elif [[ " $SWITCHES " == *" $name "* ]]; then
          OPTION[$name]=1
        else
          misused "there is no option $word"
        fi
        ;;
      *) misused "$word is too much" ;;
    esac
  done
}

takes_value() { [[ " $VALUES " == *" $1 "* ]]; }

set_option() {
  if [ -z "$2" ]; then misused "--$1 needs a value"; fi
  OPTION[$1]=$2
}

is_given() { [ -n "${OPTION[$1]-}" ]; }

# What is worked on: of the switches for components those that were given, in the order in which they are started.
chosen_components() {
  local component
  for component in hal-supervisor hal-agent halctl; do
    if is_given all || is_given "${component#hal-}"; then printf '%s\n' "$component"; fi
  done
}
