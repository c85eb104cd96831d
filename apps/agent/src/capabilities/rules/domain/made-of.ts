/** What may stand between two commands: it begins the next one, and does nothing else. */
const BETWEEN = /^ *(?:&&|\|\||[;|\n])[ \n]*/;

/**
 * Whether a command line is made of these commands and of what stands between them, and of nothing else: opencode says
 * no part of it that is an assignment, an `export`, a `cd` or a bracket, and each of those changes what the others do.
 */
export function isMadeOf(line: string, commands: readonly string[]): boolean {
  const longestFirst = [...new Set(commands)].filter((one) => one !== "").toSorted((a, b) => b.length - a.length);
  let rest = line.replaceAll(/^[ \n]+|[ \n]+$/g, "");
  for (;;) {
    const command = longestFirst.find((one) => rest.startsWith(one) && isEndOfWord(rest.charAt(one.length)));
    if (command === undefined) return false;
    rest = rest.slice(command.length);
    if (rest === "") return true;
    const [between] = BETWEEN.exec(rest) ?? [];
    if (between === undefined) return false;
    rest = rest.slice(between.length);
  }
}

function isEndOfWord(next: string): boolean {
  return next === "" || " \n;&|".includes(next);
}
