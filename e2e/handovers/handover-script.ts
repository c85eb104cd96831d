/** What every prompt of a handover says. */
export const HANDOVER_IN_WORDS = "This session ends after this turn";

const COMMAND = [
  "mkdir -p .context",
  "date +%s.%N > .context/PROGRESS.md",
  "date +%s.%N > .context/CURRENT_TASK.md",
  "git add -A",
  "git -c user.name=s -c user.email=s@example.org commit -qm handover",
].join(" && ");

/** A model that does what it is asked for then. */
export const WRITES_DOWN = `[[tool: bash ${JSON.stringify({ command: COMMAND, description: "hands over" })}]] [[say: written down]]`;
