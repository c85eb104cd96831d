import { prepared } from "../../prepared.ts";
import { EVENT_COLUMNS } from "../log/event-columns.ts";
import type { EventRow, StoredEvent } from "../log/schema.ts";
import { soundEvents } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";

/** As much of an assistant's message as says what it cost. */
export interface ToldAnswer {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
  readonly messageId: string;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

/** A part of the log: behind a place, up to another one. */
export interface LogPart {
  readonly after: number;
  readonly upTo: number;
}

const FIGURE = (path: string): string => `max(0, coalesce(cast(json_extract(data, '$.${path}') as integer), 0))`;

const answers = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], ToldAnswer>(
    `select node_id as nodeId, session_id as sessionId, coalesce(project, '') as project,
       coalesce(json_extract(data, '$.messageId'), '') as messageId, ${FIGURE("costMicroUsd")} as costMicroUsd,
       ${["input", "output", "reasoning", "cacheRead", "cacheWrite"].map((part) => FIGURE(`tokens.${part}`)).join(" + ")} as tokens
     from events where id > ? and id <= ? and type = 'session.message' and node_id is not null and session_id is not null
       and case when json_valid(data)
         then json_extract(data, '$.role') = 'assistant' and not coalesce(json_extract(data, '$.copied'), 0) else 0 end
     order by id`,
  ),
);

/** The answers that were told in a part of the log, oldest first; what a fork copied was answered elsewhere. */
export function answersTold(store: SupervisorStore, { after, upTo }: LogPart): ToldAnswer[] {
  return answers(store).all(after, upTo);
}

/** A call of a tool that writes files, as it was told: `input` may be cut. */
export interface ToldWrite {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
  readonly tool: string;
  readonly title: string;
  readonly input: string;
}

const writes = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], ToldWrite>(
    `select node_id as nodeId, session_id as sessionId, coalesce(project, '') as project, json_extract(data, '$.tool') as tool,
       coalesce(json_extract(data, '$.title'), '') as title, coalesce(json_extract(data, '$.input'), '') as input
     from events where id > ? and id <= ? and type = 'tool.execute.after' and node_id is not null and session_id is not null
       and case when json_valid(data)
         then json_extract(data, '$.status') = 'completed'
           and json_extract(data, '$.tool') in ('write', 'edit', 'multiedit', 'patch', 'apply_patch')
         else 0 end
     order by id`,
  ),
);

/** The calls of tools that write files, as far as they came to a good end, that were told in a part of the log, oldest first. */
export function writesTold(store: SupervisorStore, { after, upTo }: LogPart): ToldWrite[] {
  return writes(store).all(after, upTo);
}

const others = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], StoredEvent>(
    `select ${EVENT_COLUMNS} from events where id > ? and id <= ? and type in (
       'session.busy', 'session.idle', 'session.error', 'session.ended', 'interaction.asked', 'interaction.answered',
       'interaction.expired', 'policy.acted', 'policy.alerted', 'policy.gave_up', 'policy.skipped')
     order by id`,
  ),
);

/** What else a review goes by in a part of the log, oldest first. */
export function eventsToReview(store: SupervisorStore, { after, upTo }: LogPart): EventRow[] {
  return soundEvents(store, others(store).all(after, upTo));
}
