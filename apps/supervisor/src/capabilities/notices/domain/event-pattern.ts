/** Whether a type of events fits a pattern, in which `*` stands for anything. The time that it takes grows with their lengths alone. */
export function matchesType(pattern: string, type: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === type;
  const tail = rest.pop() ?? "";
  if (!type.startsWith(head) || type.length < head.length + tail.length || !type.endsWith(tail)) return false;
  let at = head.length;
  const end = type.length - tail.length;
  for (const piece of rest) {
    const found = type.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
