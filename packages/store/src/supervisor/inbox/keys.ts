/** Names of sessions, or of what belongs to them, as a statement reads them: JSON, `[node, id]` each. */
export function keysOf(wanted: readonly { readonly nodeId: string; readonly id: string }[]): string {
  return JSON.stringify(wanted.map(({ nodeId, id }) => [nodeId, id]));
}
