/** What each shell needs to ask halctl at a Tab. */
export const SCRIPTS = {
  bash: `# halctl: put this into ~/.bashrc:  source <(halctl completion bash)
_halctl() {
  local value description
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    COMPREPLY+=("$value")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _halctl halctl
`,
  zsh: `#compdef halctl
# halctl: put this into ~/.zshrc, behind compinit:  source <(halctl completion zsh)
_halctl() {
  local -a candidates
  local value description
  while IFS=$'\\t' read -r value description; do
    candidates+=("\${value//:/\\\\:}:$description")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe halctl candidates; else _files; fi
}
if [ "\${funcstack[1]}" = "_halctl" ]; then _halctl "$@"; else compdef _halctl halctl; fi
`,
  fish: `# halctl: halctl completion fish > ~/.config/fish/completions/halctl.fish
function __halctl_complete
  set -l words (commandline -opc) (commandline -ct)
  halctl __complete -- $words[2..-1] 2>/dev/null
end
complete -c halctl -f -a '(__halctl_complete)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
export const SHELLS = ["bash", "zsh", "fish"] as const satisfies readonly Shell[];
