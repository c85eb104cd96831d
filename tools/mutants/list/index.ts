import type { Mutant } from "../mutant.ts";
import { AGENT } from "./agent.ts";
import { CLIENTS } from "./clients.ts";
import { NOTICES } from "./notices.ts";
import { OVERNIGHT } from "./overnight.ts";
import { STORE } from "./store.ts";
import { SUPERVISOR } from "./supervisor.ts";

/** All of them, by what they break. */
export const MUTANTS: readonly Mutant[] = [...STORE, ...SUPERVISOR, ...AGENT, ...CLIENTS, ...OVERNIGHT, ...NOTICES];
