import type { SessionDiff, SessionTodos, SessionView } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { ago, byAttention, dollars, duration, fullness, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { type Paint, paint, paintStatus } from "../../output/paint.ts";
import { reasonsBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

/** A terminal of so many columns has room for long names. */
const ROOMY = 120;

/** Those that need somebody come first. */
export function sessionTable(listed: readonly SessionView[], look: Look): string {
  const sessions = byAttention(listed);
  const ids = look.wide ? sessions.map(({ id }) => id) : shortIds(sessions.map(({ id }) => id));
  const nodes = look.wide ? sessions.map((session) => session.node_id) : nodeNames(sessions);
  const header = ["ID", "NODE_ID", "PROJECT", "STATUS", "MODEL", "TOKENS", "COST", "STARTED_AT", "CTX"];
  const rows = sessions.map((session, index) => [
    ids[index] ?? session.id,
    nodes[index] ?? session.node_id,
    session.parent_id === null ? session.project : `${session.project} (child)`,
    statusText(session),
    modelText(session.model, look),
    thousands(session.tokens),
    dollars(session.cost),
    ago(session.started_at, look.now),
    fullness(session.context),
  ]);
  if (!look.wide) {
    const titled = rows.map((row, index) => [...row, sessions[index]?.title ?? ""]);
    const below = sessions.map((session, index) => ({
      id: ids[index] ?? session.id,
      // a mark wants its reason, whatever the status
      status: session.health[0]?.mark ?? session.status,
      reason: reasonText(session),
    }));
    return table([...header, "TITLE"], titled, look.columns) + reasonsBelow(below, look) + sharedBelow(sessions, ids);
  }
  return table(
    [...header, "TREE_COST", "LAST_ACTIVITY", "CONTINUES", "REASON"],
    sessions.map((session, index) => [
      ...(rows[index] ?? []),
      dollars(session.tree_cost),
      ago(session.last_activity, look.now),
      session.continues ?? "-",
      reasonText(session),
    ]),
  );
}

/** A session that works fine has no reason below, but one that shares its branch is to be seen. */
function sharedBelow(sessions: readonly SessionView[], ids: readonly string[]): string {
  const lines = sessions.flatMap(({ shared }, index) =>
    shared.map(
      ({ session_id: id, node, branch, remote }) =>
        `${ids[index] ?? ""}  ${paint("warn", "shared")}: ${id} on ${node} is active on the same branch, ${branch} of ${remote}\n`,
    ),
  );
  return lines.length === 0 ? "" : `\n${lines.join("")}`;
}

/** The status, and the marks beside it. */
function statusText({ status, health }: SessionView): string {
  return [paintStatus(status), ...health.map(({ mark }) => paint("bad", mark))].join(" ");
}

function reasonText({ reason, health }: SessionView): string {
  return [...health.map((mark) => `${mark.mark}: ${mark.reason}`), reason].join("; ");
}

/** Without its provider where there is little room. */
function modelText(model: string | null, { wide, columns }: Look): string {
  if (model === null) return "-";
  return wide || columns === undefined || columns >= ROOMY ? model : model.slice(model.indexOf("/") + 1);
}

/** A node's name where it means one node, else the beginning of its id. */
function nodeNames(sessions: readonly SessionView[]): string[] {
  const ids = shortIds(sessions.map((session) => session.node_id));
  return sessions.map((session, index) => {
    const isShared = sessions.some((other) => other.node === session.node && other.node_id !== session.node_id);
    return isShared ? (ids[index] ?? session.node_id) : session.node;
  });
}

export function sessionCard(session: SessionView, { now }: Pick<Look, "now">): string {
  const { input, output, reasoning, cacheRead, cacheWrite } = session.tokens_detail;
  return card([
    ["id", session.id],
    ["title", session.title],
    ["project", `${session.node}/${session.project}`],
    ["status", statusText(session)],
    ["reason", session.reason],
    ...session.health.map(
      ({ mark, since, reason }) => [mark, `${duration(now - Date.parse(since))}: ${reason}`] as const,
    ),
    ...(session.task === null ? [] : ([["task", taskText(session.task, now)]] as const)),
    ["model", session.model ?? "-"],
    [
      "tokens",
      `${thousands(session.tokens)} (in ${thousands(input)}, out ${thousands(output)}, reasoning ${thousands(reasoning)}, cache read ${thousands(cacheRead)}, written ${thousands(cacheWrite)})`,
    ],
    ["context", contextText(session.context)],
    ["cost", `${dollars(session.cost)}, with children ${dollars(session.tree_cost)}`],
    ["compactions", String(session.compactions)],
    ["started", `${ago(session.started_at, now)}${session.external ? ", in opencode directly" : ""}`],
    ["active", ago(session.last_activity, now)],
    ...session.shared.map(
      ({ session_id: id, node, branch, remote }) => ["shared", `${id} on ${node}: ${branch} of ${remote}`] as const,
    ),
    ...(session.worktree === null ? [] : ([["worktree", worktreeText(session.worktree)]] as const)),
    ...(session.parent_id === null ? [] : ([["parent", session.parent_id]] as const)),
    ...(session.continues === null ? [] : ([["continues", session.continues]] as const)),
    ...(session.continued_by === null ? [] : ([["goes on as", session.continued_by]] as const)),
  ]);
}

function worktreeText({ directory, state, reason, branch }: NonNullable<SessionView["worktree"]>): string {
  const commits = branch === null ? "" : `; its commits are on the branch ${branch}`;
  if (state === "in_use") return directory;
  return `${directory}, ${state}${reason === null ? "" : `: ${reason}`}${commits}`;
}

function contextText(context: SessionView["context"]): string {
  if (context === null) return "-";
  const { tokens, limit } = context;
  return limit === null
    ? `${thousands(tokens)} tokens; how many its model takes is not known`
    : `ctx ${fullness(context)}, ${thousands(tokens)} of ${thousands(limit)} tokens`;
}

function taskText({ text, written_at: at }: NonNullable<SessionView["task"]>, now: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return at === null ? line : `${line} (written ${ago(at, now)})`;
}

const TODO: Readonly<Record<string, readonly [string, Paint]>> = {
  completed: ["✓", "good"],
  in_progress: ["▸", "busy"],
  cancelled: ["✗", "faint"],
};

/** What a session means to do, and where that is from when it is not from opencode itself. */
export function todoPage({ todos, source, as_of: asOf }: SessionTodos, { now }: Look): string {
  const lines = todos.map(({ content, status }) => {
    const [mark, colour] = entryOf(TODO, status) ?? ["·", "warn"];
    return `${paint(colour, mark)} ${content.replaceAll(/\s+/g, " ")}\n`;
  });
  const list = lines.length === 0 ? "nothing is on its list\n" : lines.join("");
  return source === "opencode" ? list : `${list}its node is away; this was told ${ago(asOf, now)}\n`;
}

/** A diff as git shows one, or the sums alone. */
export function diffPage({ files, cut }: SessionDiff, isStat: boolean): string {
  if (files.length === 0) return "it changed no file\n";
  const rows = files.map(({ file, status, additions, deletions }) => [status, `+${additions}`, `-${deletions}`, file]);
  const stat = table(["STATUS", "ADDED", "DELETED", "FILE"], rows);
  const note = cut ? "some patches are too big to be shown here\n" : "";
  if (isStat) return `${stat}${note}`;
  const patches = files.flatMap(({ patch }) =>
    patch === null ? [] : [patch.split("\n").map(paintLine).join("\n").trimEnd()],
  );
  return [...patches, `${stat}${note}`].join("\n\n");
}

function paintLine(line: string): string {
  if (/^(\+\+\+|---|diff |index |Index:|=====)/.test(line)) return paint("head", line);
  if (line.startsWith("+")) return paint("good", line);
  if (line.startsWith("-")) return paint("bad", line);
  return line.startsWith("@@") ? paint("busy", line) : line;
}
