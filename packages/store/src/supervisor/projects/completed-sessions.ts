import { prepared } from "../../prepared.ts";
import type { Sqlite } from "../../file/sqlite.ts";
import type { CompletedSessionRow } from "./schema.ts";

/** Whoever reads: those who ask, and the writer in the middle of its work. */
interface Reader {
  readonly sqlite: Sqlite;
}

const COLUMNS = `node_id as nodeId, session_id as sessionId, project, by, up_to as upTo, continues`;

const byId = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<[string, string], CompletedSessionRow>(
    `select ${COLUMNS} from completed_sessions where node_id = ? and session_id = ?`,
  ),
);

/** What was said of the task that a session was at; undefined where nobody said that it is completed. */
export function completedSession(reader: Reader, nodeId: string, sessionId: string): CompletedSessionRow | undefined {
  return byId(reader).get(nodeId, sessionId);
}

const putting = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<CompletedSessionRow>(
    `insert into completed_sessions (node_id, session_id, project, by, up_to, continues)
     values (@nodeId, @sessionId, @project, @by, @upTo, @continues)
     on conflict do update set project = @project, by = @by, up_to = @upTo, continues = @continues`,
  ),
);

export function putCompletedSession(reader: Reader, row: CompletedSessionRow): void {
  putting(reader).run(row);
}

/** The root sessions of a project that have not ended, on one node or on all. */
const SESSIONS = `from sessions s where s.project = @project and s.parent_id is null and s.status <> 'ended'`;

const markingOnNode = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<{ project: string; by: string; nodeId: string; upTo: number }>(
    `insert or replace into completed_sessions (node_id, session_id, project, by, up_to, continues)
     select s.node_id, s.id, s.project, @by, @upTo, null ${SESSIONS} and s.node_id = @nodeId`,
  ),
);

/** Marks all sessions of a project on a node as at a task that is completed, whatever was prompted up to a time there. */
export function markOnNode(
  reader: Reader,
  marked: { readonly project: string; readonly by: string; readonly nodeId: string; readonly upTo: number },
): void {
  markingOnNode(reader).run(marked);
}

const markingAll = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<{ project: string; by: string }>(
    `insert or replace into completed_sessions (node_id, session_id, project, by, up_to, continues)
     select s.node_id, s.id, s.project, @by, coalesce((
         select max(m.created_at) from messages m where m.node_id = s.node_id and m.session_id = s.id and m.role = 'user'
       ), 0), null ${SESSIONS}`,
  ),
);

/** The same of all nodes, whatever they were prompted so far: a person's clock is none of theirs. */
export function markEverywhere(reader: Reader, marked: { readonly project: string; readonly by: string }): void {
  markingAll(reader).run(marked);
}

const unmarking = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<[string]>("delete from completed_sessions where project = ?"),
);

/** The task of a project is not completed any more. */
export function unmark(reader: Reader, project: string): void {
  unmarking(reader).run(project);
}
