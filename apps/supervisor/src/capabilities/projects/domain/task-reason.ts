/** How the task of a project stands, as it was said last. */
export interface KnownTask {
  readonly state: "open" | "completed";
  readonly by: string;
  readonly title: string | null;
  /** how the node is called whose file says so; null where a person said so */
  readonly node: string | null;
}

const FILE = ".context/PROGRESS.md";

/** Who said how the task of a project stands, in words; `older` are its nodes whose agents read no progress file. Pure. */
export function taskReason(task: KnownTask | undefined, older: readonly string[]): string {
  const unread = older.length === 0 ? "" : `; the agent of ${older.join(", ")} is older and does not read ${FILE}`;
  if (task === undefined) return `nobody has said that it is completed${unread}`;
  const { state, by, title, node } = task;
  const who = node === null ? by : `${FILE} on ${node}`;
  if (state === "open")
    return node === null
      ? `${who} said that it is not completed${unread}`
      : `${who} does not say any more that it is completed${unread}`;
  return `${who} says that it is completed${title === null ? "" : `: ${title}`}`;
}
