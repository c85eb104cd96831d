import { TOKENS, WHOAMI } from "./capabilities/access/verbs.ts";
import { AUDIT } from "./capabilities/audit/verbs.ts";
import { BILLS } from "./capabilities/bills/verbs.ts";
import { BUDGETS } from "./capabilities/budgets/verbs.ts";
import { CHANNELS, NOTICES } from "./capabilities/channels/verbs.ts";
import { COMMANDS } from "./capabilities/commands/verbs.ts";
import { CONFIG } from "./capabilities/config/verbs.ts";
import { DB } from "./capabilities/database/verbs.ts";
import { DOCTOR } from "./capabilities/doctor/verbs.ts";
import { EVENTS, FOLLOWERS } from "./capabilities/events/verbs.ts";
import { EXPLAIN } from "./capabilities/explain/verbs.ts";
import { HOLDS, RELEASE } from "./capabilities/holds/verbs.ts";
import { INBOX } from "./capabilities/inbox/verbs.ts";
import { INCOMING } from "./capabilities/incoming/verbs.ts";
import { INTERACTIONS } from "./capabilities/interactions/verbs.ts";
import { COST } from "./capabilities/ledger/verbs.ts";
import { ROUTES } from "./capabilities/notices/verbs.ts";
import { NODES } from "./capabilities/nodes/verbs.ts";
import { POLICIES } from "./capabilities/policies/verbs.ts";
import { PROJECTS } from "./capabilities/projects/verbs.ts";
import { PROMPTS } from "./capabilities/prompts/verbs.ts";
import { RULES } from "./capabilities/rules/verbs.ts";
import { SCHEDULES } from "./capabilities/schedules/verbs.ts";
import { SESSIONS, SHORT, STOP } from "./capabilities/sessions/verbs.ts";
import { STATUS, VERSION } from "./capabilities/state/verbs.ts";
import { WHY } from "./capabilities/why/verbs.ts";
import { COMPLETION } from "./completion/verbs.ts";
import { HELP } from "./help/verbs.ts";
import type { CommandGroup, CommandSpec } from "./grammar/spec.ts";

/** Everything that stands on its own, without a noun, in the order of the help. */
export const VERBS: readonly CommandSpec[] = [
  STATUS,
  WHY,
  EXPLAIN,
  EVENTS,
  DOCTOR,
  AUDIT,
  ...SHORT,
  STOP,
  RELEASE,
  COMPLETION,
  WHOAMI,
  VERSION,
  HELP,
];

/** The nouns, each with its verbs. */
export const GROUPS: readonly CommandGroup[] = [
  NODES,
  PROJECTS,
  SESSIONS,
  INBOX,
  INTERACTIONS,
  RULES,
  PROMPTS,
  POLICIES,
  SCHEDULES,
  BUDGETS,
  COMMANDS,
  { ...COST, verbs: [...COST.verbs, ...BILLS] },
  HOLDS,
  CHANNELS,
  NOTICES,
  ROUTES,
  INCOMING,
  TOKENS,
  FOLLOWERS,
  DB,
  CONFIG,
];
