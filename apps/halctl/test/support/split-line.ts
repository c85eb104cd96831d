/** The words of a line as a shell takes them, up to a pipe or a redirection; it knows quotes and no variables. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, single, bare = ""] of line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    if (quoted === undefined && single === undefined && /^[|<>]$/.test(bare)) break;
    words.push(quoted ?? single ?? bare);
  }
  return words;
}
