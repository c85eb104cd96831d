import type * as v from "valibot";
import { auditList } from "./audit.ts";
import { costGet } from "./cost.ts";
import { commandsCancel, commandsGet, commandsList } from "./commands.ts";
import { dbBackup, dbCheck, dbInfo, dbPrune, dbRepair } from "./db.ts";
import { eventsList, eventsStream } from "./events.ts";
import { interactionsAnswer, interactionsList } from "./interactions.ts";
import { nodesCheck, nodesGet, nodesList, nodesRefused, nodesRemove, nodesReplace } from "./nodes.ts";
import {
  sessionsAbort,
  sessionsGet,
  sessionsKill,
  sessionsList,
  sessionsMessages,
  sessionsPrompt,
  sessionsStart,
} from "./sessions.ts";
import { sessionsDiff, sessionsTodo } from "./session-reads.ts";
import { statusGet } from "./status.ts";
import { sessionsStopAll } from "./stop-all.ts";
import { tokensCreate, tokensList, tokensRevoke } from "./tokens.ts";
import { sessionsWatch } from "./watch.ts";
import { whoamiGet } from "./whoami.ts";
import { whyGet } from "./why.ts";

/** Everything that can be asked of a supervisor, by name. */
export const OPERATIONS = {
  "status.get": statusGet,
  "why.get": whyGet,
  "whoami.get": whoamiGet,
  "nodes.list": nodesList,
  "nodes.get": nodesGet,
  "nodes.check": nodesCheck,
  "nodes.refused": nodesRefused,
  "nodes.remove": nodesRemove,
  "nodes.replace": nodesReplace,
  "sessions.list": sessionsList,
  "sessions.get": sessionsGet,
  "sessions.messages": sessionsMessages,
  "sessions.watch": sessionsWatch,
  "sessions.start": sessionsStart,
  "sessions.prompt": sessionsPrompt,
  "sessions.abort": sessionsAbort,
  "sessions.kill": sessionsKill,
  "sessions.stopAll": sessionsStopAll,
  "sessions.todo": sessionsTodo,
  "sessions.diff": sessionsDiff,
  "interactions.list": interactionsList,
  "interactions.answer": interactionsAnswer,
  "commands.list": commandsList,
  "commands.get": commandsGet,
  "commands.cancel": commandsCancel,
  "cost.get": costGet,
  "events.list": eventsList,
  "events.stream": eventsStream,
  "tokens.list": tokensList,
  "tokens.create": tokensCreate,
  "tokens.revoke": tokensRevoke,
  "audit.list": auditList,
  "db.info": dbInfo,
  "db.backup": dbBackup,
  "db.check": dbCheck,
  "db.repair": dbRepair,
  "db.prune": dbPrune,
} as const;

export type OperationName = keyof typeof OPERATIONS;
/** What a caller writes: fields with defaults may be left out. */
export type OperationInput<N extends OperationName> = v.InferInput<(typeof OPERATIONS)[N]["input"]>;
/** What a handler gets: parsed, with defaults filled in. */
export type ParsedInput<N extends OperationName> = v.InferOutput<(typeof OPERATIONS)[N]["input"]>;
export type OperationOutput<N extends OperationName> = v.InferOutput<(typeof OPERATIONS)[N]["output"]>;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}
