/** What each shell needs to ask halctl at a Tab. */
export const SCRIPTS = {
  bash: `# halctl: put this into ~/.bashrc:  source <(halctl completion bash)
_halctl() {
  local rest="$COMP_LINE" program="\${COMP_WORDS[0]}" index word last value description
  local -a words=() descriptions=()
  local files="" width=0 room=$((\${COLUMNS:-80} - 2))
  # bash takes words apart at : and =, and a word goes on where no space is before the next one
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if ((index > 0)) && [[ "$rest" != [[:space:]]* ]]; then
      last+="$word"
    else
      last="$word"
      words+=("")
    fi
    words[\${#words[@]}-1]="\${last//[\\"\\'\\\\]/}"
    rest="\${rest#"\${rest%%[![:space:]]*}"}"
    rest="\${rest#"$word"}"
  done
  [[ "$program" != "~/"* ]] || program="$HOME/\${program:2}"
  # what stands before the part that bash is about to replace
  [[ "$word" == [:=]* ]] || last="\${last%"$word"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ "$value" == ":files" ]]; then
      files=1
      continue
    fi
    value="\${value#"$last"}"
    COMPREPLY+=("$value")
    descriptions+=("$description")
    ((\${#value} <= width)) || width=\${#value}
  done < <("$program" __complete -- "\${words[@]:1}" 2>/dev/null)
  # files are bash's own to complete, and nowhere else
  [[ -z "$files" ]] || compopt -o default
  # what is only listed has room for what each of them does
  if [[ "\${COMP_TYPE:-9}" == 63 ]] && ((\${#COMPREPLY[@]} > 1)); then
    for index in "\${!COMPREPLY[@]}"; do
      printf -v value '%-*s  %s' "$width" "\${COMPREPLY[index]}" "\${descriptions[index]}"
      COMPREPLY[index]="\${value:0:room}"
    done
  fi
}
complete -F _halctl halctl
`,
  zsh: `#compdef halctl
# halctl: put this into ~/.zshrc, behind compinit:  source <(halctl completion zsh)
_halctl() {
  local -a candidates
  local value description files=
  while IFS=$'\\t' read -r value description; do
    if [[ "$value" == ":files" ]]; then files=1; continue; fi
    candidates+=("\${value//:/\\\\:}\${description:+:$description}")
  done < <("\${words[1]/#\\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( ! \${#candidates} )) || _describe halctl candidates
  if [[ -n "$files" ]]; then
    [[ "$PREFIX" != --*=* ]] || compset -P '*='
    _files
  fi
}
if [ "\${funcstack[1]}" = "_halctl" ]; then _halctl "$@"; else compdef _halctl halctl; fi
`,
  fish: `# halctl: halctl completion fish > ~/.config/fish/completions/halctl.fish
function __halctl_ask
  set -l words (commandline -opc) (commandline -ct | string trim --left --chars '\\'"')
  set -l program (string replace --regex '^~' $HOME -- $words[1])
  set -g __halctl_candidates ($program __complete -- $words[2..-1] 2>/dev/null)
  test (count $__halctl_candidates) -gt 0
end
function __halctl_files
  __halctl_ask; and string match --quiet ':files*' -- $__halctl_candidates
end
complete -c halctl -f
complete -c halctl -n __halctl_ask -a '(string match --invert ":files*" -- $__halctl_candidates)'
complete -c halctl -n __halctl_files -F
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
export const SHELLS = ["bash", "zsh", "fish"] as const satisfies readonly Shell[];
