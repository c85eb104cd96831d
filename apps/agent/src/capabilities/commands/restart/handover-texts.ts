import type { Handover } from "../domain/restart.ts";

/** The files of a handover, in the directory of the session. */
export const HANDOVER_FILES = [".context/PROGRESS.md", ".context/CURRENT_TASK.md"] as const;

const [PROGRESS, TASK] = HANDOVER_FILES;

/** What a session is told before it is ended. */
export const HANDOVER_PROMPT = `This session ends after this turn, and a new session goes on with its work. It knows nothing of this conversation: all that it has is what you write down now.

Begin nothing new. Stop at a point from which the work can be taken up, then:

1. If this directory is a git repository, commit what you have changed, unfinished work included, with a message that says so.
2. Bring \`${PROGRESS}\` up to date: what is done, what was decided and why, what is left to do. A line of its own says \`Status: in progress\`, or \`Status: completed\` where nothing at all is left.
3. Write \`${TASK}\`: the task in the user's own words; the exact point at which you stopped (file, function, command); the id of the commit; what is not committed or does not work; the very next step.

Write both files even where nothing seems to have changed. End your turn when they are written; do not go on with the task.`;

/** What the new session is told first: how far what was written down can be trusted, and to go on from it. */
export function firstPrompt({ state, reason }: Handover): string {
  const trust =
    state === "done"
      ? `The session before you wrote down where it stopped. Read \`${PROGRESS}\` and \`${TASK}\` first.`
      : `There was no full handover: ${reason}. Read \`${PROGRESS}\` and \`${TASK}\` first, if they are there; they may be older than the work, so compare them with what you find.`;
  return `You go on with the work of an earlier session in this directory, which has ended. You know nothing of its conversation.

${trust} Then look at how things are, with \`git status\` and \`git log -5\` where this is a git repository, and go on from exactly where it stopped. If neither the files nor the repository say what the task is, say so and ask.`;
}
