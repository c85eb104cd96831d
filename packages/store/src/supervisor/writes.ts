import * as access from "./access/writes.ts";
import * as audit from "./audit/writes.ts";
import * as bills from "./bills/writes.ts";
import * as budgets from "./budgets/writes.ts";
import * as cards from "./channels/card-writes.ts";
import * as telling from "./channels/telling-writes.ts";
import * as channels from "./channels/writes.ts";
import * as beginning from "./commands/queue-unless-begun.ts";
import * as commands from "./commands/writes.ts";
import * as mending from "./database/mend-rows.ts";
import * as pruning from "./database/prune.ts";
import * as following from "./followers/writes.ts";
import * as holds from "./holds/writes.ts";
import * as inbox from "./inbox/writes.ts";
import * as answers from "./incoming/answer-writes.ts";
import * as incoming from "./incoming/writes.ts";
import * as prices from "./ledger/prices.ts";
import * as life from "./log/life.ts";
import * as log from "./log/writes.ts";
import * as nodes from "./nodes/writes.ts";
import * as policies from "./policies/writes.ts";
import * as projects from "./projects/writes.ts";
import * as sending from "./prompts/send-writes.ts";
import * as starts from "./prompts/start-writes.ts";
import * as stalls from "./prompts/stall-writes.ts";
import * as prompts from "./prompts/writes.ts";
import * as rules from "./rules/writes.ts";
import * as schedules from "./schedules/writes.ts";
import * as removal from "./removal/writes.ts";
import { isWrite, type Write } from "./write.ts";

const MODULES: readonly object[] = [
  access,
  audit,
  bills,
  budgets,
  cards,
  channels,
  telling,
  beginning,
  commands,
  mending,
  pruning,
  following,
  holds,
  inbox,
  answers,
  incoming,
  prices,
  life,
  log,
  nodes,
  policies,
  projects,
  prompts,
  sending,
  starts,
  stalls,
  rules,
  schedules,
  removal,
];

/** Everything that changes the database beside events frames, by name, so that it can be asked of another thread. */
export const WRITES: ReadonlyMap<string, Write> = new Map(
  MODULES.flatMap((module) => Object.values(module) as unknown[])
    .filter(isWrite)
    .map((write) => [write.title, write]),
);
