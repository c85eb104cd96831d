import type * as v from "valibot";
import { auditList } from "./audit.ts";
import { budgetsList, budgetsRaise, budgetsRemove, budgetsSet } from "./budgets.ts";
import { channelsList, channelsSetup, channelsTest, noticesList } from "./channels.ts";
import { costDrift, costPoll, costProviders } from "./cost-bills.ts";
import { costForecast } from "./cost-forecast.ts";
import { costReport } from "./cost-report.ts";
import { costGet } from "./cost.ts";
import { commandsCancel, commandsGet, commandsList } from "./commands.ts";
import { dbBackup, dbCheck, dbInfo, dbPrune, dbRepair } from "./db.ts";
import { eventsList, eventsStream } from "./events.ts";
import { followersDrop, followersList, followersRetry } from "./followers.ts";
import { holdsList, holdsRelease } from "./holds.ts";
import { inboxReview } from "./inbox-review.ts";
import { inboxAcknowledge, inboxList, inboxLook, inboxReopen, inboxSnooze } from "./inbox.ts";
import { incomingList, incomingOff, incomingOn, incomingRepositories } from "./incoming.ts";
import { interactionsAnswer, interactionsGet, interactionsList } from "./interactions.ts";
import { nodesCheck, nodesGet, nodesList, nodesRefused, nodesRemove, nodesReplace } from "./nodes.ts";
import { policiesList, policiesPause, policiesResume, policiesSimulate } from "./policies.ts";
import { projectsComplete, projectsGet, projectsList, projectsReopen } from "./projects.ts";
import { promptsCancel, promptsEdit, promptsGet, promptsList, promptsMove, promptsSwitch } from "./prompts.ts";
import { routesList, routesTest, routesWhy } from "./routes.ts";
import { rulesAdd, rulesList, rulesRemove } from "./rules.ts";
import {
  schedulesAdd,
  schedulesGet,
  schedulesHistory,
  schedulesList,
  schedulesRemove,
  schedulesRun,
} from "./schedules.ts";
import {
  sessionsAbort,
  sessionsKill,
  sessionsPrompt,
  sessionsRestart,
  sessionsResume,
  sessionsStart,
} from "./session-acts.ts";
import { sessionsGet, sessionsList, sessionsMessages } from "./sessions.ts";
import { sessionsDiff, sessionsTodo } from "./session-reads.ts";
import { sessionsWait } from "./session-wait.ts";
import { statusGet } from "./status.ts";
import { sessionsStopAll } from "./stop-all.ts";
import { tokensCreate, tokensList, tokensRevoke } from "./tokens.ts";
import { sessionsWatch } from "./watch.ts";
import { whoamiGet } from "./whoami.ts";
import { whyGet } from "./why.ts";

const DECLARED = [
  statusGet,
  whyGet,
  whoamiGet,
  nodesList,
  nodesGet,
  nodesCheck,
  nodesRefused,
  nodesRemove,
  nodesReplace,
  sessionsList,
  sessionsGet,
  sessionsMessages,
  sessionsWatch,
  sessionsStart,
  sessionsPrompt,
  sessionsWait,
  sessionsAbort,
  sessionsResume,
  sessionsRestart,
  sessionsKill,
  sessionsStopAll,
  holdsList,
  holdsRelease,
  sessionsTodo,
  sessionsDiff,
  interactionsList,
  interactionsGet,
  interactionsAnswer,
  rulesList,
  rulesAdd,
  rulesRemove,
  promptsList,
  promptsGet,
  promptsEdit,
  promptsMove,
  promptsCancel,
  promptsSwitch,
  projectsList,
  projectsGet,
  projectsComplete,
  projectsReopen,
  policiesList,
  policiesPause,
  policiesResume,
  policiesSimulate,
  schedulesList,
  schedulesAdd,
  schedulesGet,
  schedulesRun,
  schedulesHistory,
  schedulesRemove,
  inboxList,
  inboxSnooze,
  inboxAcknowledge,
  inboxReopen,
  inboxLook,
  inboxReview,
  commandsList,
  commandsGet,
  commandsCancel,
  costReport,
  costProviders,
  costPoll,
  costDrift,
  costForecast,
  costGet,
  budgetsList,
  budgetsSet,
  budgetsRaise,
  budgetsRemove,
  eventsList,
  eventsStream,
  followersList,
  followersRetry,
  followersDrop,
  channelsList,
  channelsTest,
  channelsSetup,
  noticesList,
  routesList,
  routesTest,
  routesWhy,
  incomingList,
  incomingRepositories,
  incomingOff,
  incomingOn,
  tokensList,
  tokensCreate,
  tokensRevoke,
  auditList,
  dbInfo,
  dbBackup,
  dbCheck,
  dbRepair,
  dbPrune,
] as const;

type Declared = (typeof DECLARED)[number];

/** Everything that can be asked of a supervisor, by name. */
export const OPERATIONS = Object.fromEntries(DECLARED.map((one) => [one.name, one])) as {
  readonly [O in Declared as O["name"]]: O;
};

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
