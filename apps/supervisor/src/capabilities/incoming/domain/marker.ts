const OPENING = "<!-- hal-o-swarm:";

/** What an answer has that nobody sees, so that it is found before it is written again. */
export function markerOf(id: string): string {
  return `${OPENING}${id} -->`;
}

/** Whether a comment is one of ours. */
export function isOurs(text: string): boolean {
  return text.includes(OPENING);
}
