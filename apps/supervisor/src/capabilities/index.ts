import { access } from "./access/capability.ts";
import { audit } from "./audit/capability.ts";
import { bills } from "./bills/capability.ts";
import { budgets } from "./budgets/capability.ts";
import { channels } from "./channels/capability.ts";
import { commands } from "./commands/capability.ts";
import { Composition } from "./composition.ts";
import { database } from "./database/capability.ts";
import { events } from "./events/capability.ts";
import { health } from "./health/capability.ts";
import { holds } from "./holds/capability.ts";
import { inbox } from "./inbox/capability.ts";
import { incoming } from "./incoming/capability.ts";
import { interactions } from "./interactions/capability.ts";
import { ledger } from "./ledger/capability.ts";
import { live } from "./live/capability.ts";
import { nodes } from "./nodes/capability.ts";
import { notices } from "./notices/capability.ts";
import { policies } from "./policies/capability.ts";
import { projects } from "./projects/capability.ts";
import { prompts } from "./prompts/capability.ts";
import { rules } from "./rules/capability.ts";
import { schedules } from "./schedules/capability.ts";
import { sessions } from "./sessions/capability.ts";
import { state } from "./state/capability.ts";
import { why } from "./why/capability.ts";

/** What the supervisor can do, from below; `.dependency-cruiser.mjs` has the same order. */
export const capabilities = Composition.begin()
  .with(database)
  .with(audit)
  .with(access)
  .with(nodes)
  .with(events)
  .with(ledger)
  .with(bills)
  .with(commands)
  .with(holds)
  .with(live)
  .with(health)
  .with(sessions)
  .with(rules)
  .with(budgets)
  .with(interactions)
  .with(prompts)
  .with(projects)
  .with(policies)
  .with(schedules)
  .with(inbox)
  .with(channels)
  .with(notices)
  .with(incoming)
  .with(state)
  .with(why)
  .complete();
