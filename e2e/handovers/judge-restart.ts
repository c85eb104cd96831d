import type { CommandView, SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import type { OpencodeMessage } from "../harness/opencode.ts";
import type { Stage } from "../harness/stage.ts";
import { liveOf } from "./watch-sessions.ts";

/** What was before a restart, and what its command said. */
export interface Restarted {
  readonly project: string;
  readonly old: string;
  /** what the old session's conversation was */
  readonly before: readonly OpencodeMessage[];
  readonly command: CommandView;
}

/** What is wrong after a restart: by what opencode holds, beside what the supervisor shows. */
export async function judgeRestart(
  stage: Stage,
  agent: Agent,
  { project, old, before, command }: Restarted,
): Promise<string[]> {
  const problems: string[] = [];
  const opencode = agent.opencode();
  const directory = agent.directoryOf(project);
  const { sessionId: next = "" } = (command.output ?? {}) as { readonly sessionId?: string };
  if (command.state !== "succeeded") return [`${command.id} ${command.state}: ${command.reason}`];

  const live = liveOf(await opencode.sessions(directory));
  if (live.join() !== next)
    problems.push(`opencode has ${live.length} live sessions (${live.join(" ")}), not ${next} alone`);
  const working = Object.keys(await opencode.statuses(directory)).filter((id) => id !== next);
  if (working.length > 0) problems.push(`others are at work: ${working.join(" ")}`);

  // of a session that was deleted it has none
  const held = await opencode.messages(old).catch((): OpencodeMessage[] => []);
  for (const { info, parts } of before) {
    const now = held.find((one) => one.info.id === info.id);
    if (now === undefined) problems.push(`message ${info.id} of the old session is gone from opencode`);
    else if (!textOf(now).startsWith(textOf({ info, parts })))
      problems.push(`message ${info.id} of the old session reads otherwise in opencode`);
  }
  const shown = await stage.messages(old);
  for (const message of held) {
    const told = shown.find(({ id }) => id === message.info.id);
    if (told === undefined) problems.push(`message ${message.info.id} of the old session is not shown`);
    else if (told.text !== textOf(message))
      problems.push(`message ${message.info.id} of the old session is shown otherwise`);
  }
  const prompts = (await opencode.messages(next)).filter(({ info }) => info.role === "user");
  if (prompts.length === 0) problems.push(`${next} has no first prompt`);

  const [was, is] = await Promise.all([stage.session(old), stage.session(next)]);
  if (was.status !== "ended" || was.continued_by !== next)
    problems.push(`${old} is ${was.status}, continued by ${was.continued_by}`);
  if (is.status === "ended" || is.continues !== old)
    problems.push(`${next} is ${is.status}, continues ${is.continues}`);
  const rest = (await stage.api<SessionView[]>(`/sessions?project=${project}&roots=true&limit=1000`)).filter(
    ({ status }) => status !== "ended",
  );
  if (rest.map(({ id }) => id).join() !== next)
    problems.push(`${rest.map(({ id }) => id).join(" ")} are shown to live`);
  const meant = await stage.session(project);
  if (meant.id !== next) problems.push(`${project} means ${meant.id}, not ${next}`);
  return problems;
}

function textOf({ parts }: OpencodeMessage): string {
  return parts
    .filter(({ type, synthetic, ignored }) => type === "text" && synthetic !== true && ignored !== true)
    .map(({ text = "" }) => text)
    .join("");
}
