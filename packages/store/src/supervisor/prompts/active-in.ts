import { ACTIVE_STATUSES } from "@hal/protocol";
import { and, asc, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Sqlite } from "../../file/sqlite.ts";
import { prepared } from "../../prepared.ts";
import { commands, promptsUnderWay } from "../commands/schema.ts";
import { interactions } from "../interactions/schema.ts";
import { sessions } from "../sessions/schema.ts";

/** Whoever reads: those who ask, and the writer in the middle of its work. */
interface Reader {
  readonly sqlite: Sqlite;
}

/**
 * What is active in a project of a node: a root session that `works` by its status, that `asks` a person, itself or by one below
 * it, or to which a prompt is on its way (`prompted`); or a command that `begins` one.
 */
export type Active =
  | { readonly by: "works" | "asks" | "prompted"; readonly sessionId: string }
  | { readonly by: "begins"; readonly commandId: string };

const NODE = sql.placeholder("nodeId");
const PROJECT = sql.placeholder("project");

/** Root sessions in the directory of the project; one in a worktree of its own is in nobody's way. */
const roots = and(
  eq(sessions.nodeId, NODE),
  eq(sessions.project, PROJECT),
  isNull(sessions.parentId),
  isNull(sessions.worktree),
);

/** A row whose arguments are no JSON is taken for a start in the directory of the project. */
const startsInWorktree = sql`(${commands.type} = 'session.start' and case when json_valid(${commands.args}) then coalesce(${commands.args} ->> 'worktree', 0) else 0 end)`;

const working = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(roots, inArray(sessions.status, ACTIVE_STATUSES), sql`${sessions.turn} is not 'untold'`))
    .orderBy(asc(sessions.startedAt), asc(sessions.id))
    .limit(1)
    .prepare(),
);

const asking = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: sessions.id })
    .from(interactions)
    .innerJoin(sessions, and(eq(sessions.nodeId, interactions.nodeId), eq(sessions.id, interactions.rootSessionId)))
    .where(and(roots, eq(interactions.state, "open"), ne(sessions.status, "ended")))
    .limit(1)
    .prepare(),
);

const beginning = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: commands.id })
    .from(commands)
    .leftJoin(sessions, and(eq(sessions.nodeId, commands.nodeId), eq(sessions.id, commands.sessionId)))
    .where(
      and(
        eq(commands.nodeId, NODE),
        isNull(commands.finishedAt),
        eq(commands.project, PROJECT),
        inArray(commands.type, ["session.start", "session.restart"]),
        sql`not ${startsInWorktree}`,
        isNull(sessions.worktree),
      ),
    )
    .orderBy(asc(commands.createdAt), asc(commands.id))
    .limit(1)
    .prepare(),
);

const prompted = prepared(({ sqlite: { orm } }: Reader) =>
  orm
    .select({ id: sessions.id })
    .from(promptsUnderWay)
    .innerJoin(sessions, and(eq(sessions.nodeId, promptsUnderWay.nodeId), eq(sessions.id, promptsUnderWay.sessionId)))
    .where(and(roots, eq(promptsUnderWay.state, "coming"), ne(sessions.status, "ended")))
    .limit(1)
    .prepare(),
);

/**
 * What is active in a project of a node, as far as it is known; undefined where nothing is. A session that rests is not, and
 * neither is one that another session started.
 */
export function activeIn(reader: Reader, nodeId: string, project: string): Active | undefined {
  const place = { nodeId, project };
  const works = working(reader).get(place);
  if (works !== undefined) return { by: "works", sessionId: works.id };
  const asks = asking(reader).get(place);
  if (asks !== undefined) return { by: "asks", sessionId: asks.id };
  const command = beginning(reader).get(place);
  if (command !== undefined) return { by: "begins", commandId: command.id };
  const comes = prompted(reader).get(place);
  return comes === undefined ? undefined : { by: "prompted", sessionId: comes.id };
}
