import { type SessionView, type Told, type ToldSession, usd } from "@hal/protocol";
import { dollars, thousands } from "@hal/words";

/** What an agent told last of its sessions. */
export type Picture = Pick<Told, "sessions" | "ended" | "cut">;

/** What the log made of a node's sessions, at the same place of its outbox. */
export interface Held {
  /** those that the agent names, and others that have not ended */
  readonly sessions: readonly HeldSession[];
  readonly open: readonly { readonly id: string; readonly sessionId: string; readonly project: string }[];
  /** the node's projects, by name */
  readonly projects: readonly string[];
}

export interface HeldSession {
  readonly id: string;
  readonly project: string;
  readonly status: Exclude<SessionView["status"], "unreachable">;
  readonly title: string;
  readonly costMicroUsd: number;
  readonly tokensTotal: number;
  readonly undoneFrom: string | null;
  /** it moved here with a node that was replaced, and nobody told of it since */
  readonly isUntold: boolean;
}

/** Something that the log says of a session and its agent did not tell, or the other way round. */
export interface Difference {
  readonly sessionId: string;
  /** what each of them says, for a person */
  readonly text: string;
  /** requests that are open in the log */
  readonly open: readonly string[];
}

/**
 * Where the log and what an agent told differ, both at one place of its outbox. No difference is what an agent cannot
 * tell: of a session without a status nothing was told yet, one that moved here with a replaced node nobody told of, and of a
 * project that its node does not have any more nobody tells. Pure. Protocol §4.11.
 */
export function toldDifferences(told: Picture, held: Held): Difference[] {
  const rows = new Map(held.sessions.map((row) => [row.id, row]));
  const open = Map.groupBy(held.open, ({ sessionId }) => sessionId);
  const openOf = (id: string): string[] => (open.get(id) ?? []).map((request) => request.id);
  const named = told.sessions.map((session) => {
    const openHere = openOf(session.id);
    return differenceOf(
      session.id,
      [
        ...statusTexts(session, rows.get(session.id)),
        ...factsTexts(session.facts, rows.get(session.id)),
        ...openTexts(session, openHere),
      ],
      openHere,
    );
  });
  const unnamed = told.cut
    ? []
    : unnamedIn(told, held).map((id) => {
        const openHere = openOf(id);
        return differenceOf(id, [...unknownTexts(rows.get(id)), ...openTexts(undefined, openHere)], openHere);
      });
  const ended = (told.ended ?? []).map(({ id, facts }) => differenceOf(id, factsTexts(facts, endedRow(rows, id)), []));
  return [...named, ...ended, ...unnamed].filter(({ text }) => text !== "");
}

/** One that the log has as living is among what the agent does not name. */
function endedRow(rows: ReadonlyMap<string, HeldSession>, id: string): HeldSession | undefined {
  const row = rows.get(id);
  return row?.status === "ended" ? row : undefined;
}

/** Sessions of which the log says that they live, or are asked something, and that the agent does not name. */
function unnamedIn({ sessions }: Picture, held: Held): string[] {
  const named = new Set(sessions.map(({ id }) => id));
  const living = held.sessions.filter(({ status, isUntold }) => status !== "ended" && !isUntold);
  const found = [
    ...living.map(({ id, project }) => ({ id, project })),
    ...held.open.map(({ sessionId: id, project }) => ({ id, project })),
  ];
  return [
    ...new Set(
      found.filter(({ id, project }) => !named.has(id) && held.projects.includes(project)).map(({ id }) => id),
    ),
  ];
}

function differenceOf(sessionId: string, texts: readonly string[], open: readonly string[]): Difference {
  return { sessionId, text: texts.join("; "), open };
}

function statusTexts({ status }: ToldSession, row: HeldSession | undefined): string[] {
  if (status === undefined || row?.status === status) return [];
  return [
    row === undefined
      ? `its agent told ${status}, the log has no such session`
      : `its agent told ${status}, the log says ${row.status}`,
  ];
}

const money = (microUsd: number): string => dollars(usd(microUsd));

/** A title is content, and is not said. */
function factsTexts(facts: ToldSession["facts"], row: HeldSession | undefined): string[] {
  if (facts === undefined || row === undefined) return [];
  const { costMicroUsd, tokens, title, undoneFrom } = facts;
  return [
    ...(costMicroUsd === row.costMicroUsd
      ? []
      : [`its agent told a cost of ${money(costMicroUsd)}, the log says ${money(row.costMicroUsd)}`]),
    ...(tokens === row.tokensTotal
      ? []
      : [`its agent told ${thousands(tokens)} tokens, the log says ${thousands(row.tokensTotal)}`]),
    ...(title === undefined || title === row.title ? [] : ["its agent told another title than the log has"]),
    ...(undoneFrom === (row.undoneFrom ?? undefined)
      ? []
      : ["its agent told something else than the log of what is undone in it"]),
  ];
}

function unknownTexts(row: HeldSession | undefined): string[] {
  return row === undefined || row.status === "ended"
    ? []
    : [`the log says ${row.status}, its agent told that it ended, or knows nothing of it`];
}

function openTexts(told: ToldSession | undefined, here: readonly string[]): string[] {
  if (told !== undefined && told.status === undefined) return [];
  const there = told?.open ?? [];
  const lacking = there.filter((id) => !here.includes(id));
  const left = here.filter((id) => !there.includes(id));
  return [
    ...(lacking.length === 0 ? [] : [`its agent told that ${listed(lacking)} not answered, the log says otherwise`]),
    ...(left.length === 0 ? [] : [`the log says that ${listed(left)} not answered, its agent did not tell that`]),
  ];
}

const MOST_LISTED = 3;

function listed(ids: readonly string[]): string {
  const more = ids.length > MOST_LISTED ? ` and ${ids.length - MOST_LISTED} more` : "";
  return `${ids.slice(0, MOST_LISTED).join(", ")}${more} ${ids.length === 1 ? "is" : "are"}`;
}
