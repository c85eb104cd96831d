import { arch, hostname, platform } from "node:os";
import {
  CHECK_FEATURE,
  type Hello,
  HOLD_FEATURE,
  LEASES_FEATURE,
  LIVE_FEATURE,
  PRECONDITION_FEATURE,
  FILES_FEATURE,
  PROMPTS_FEATURE,
  RESTART_FEATURE,
  PROTOCOL_RANGE,
  RULES_FEATURE,
  STOP_FEATURE,
  TASKS_FEATURE,
  TOLD_FEATURE,
  UPDATE_FEATURE,
  WORKTREE_FEATURE,
} from "@hal/protocol";
import { recordInstance, outboxPosition } from "@hal/store/agent";
import type { Context } from "../context.ts";
import type { Identity } from "./identity/identity.ts";

/** Who says hello, and by which connection. */
export interface Speaker {
  readonly identity: Identity;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly connection: number;
  readonly credentialVersion: string;
}

/** The first frame of a link: who this is, and how everything stands. Protocol §1.3, §1.5. */
export async function helloOf(context: Context, speaker: Speaker): Promise<Hello> {
  const { identity, name, labels, instance, connection, credentialVersion } = speaker;
  return {
    type: "hello",
    protocol: PROTOCOL_RANGE,
    node: {
      id: identity.nodeId,
      hostname: hostname(),
      ...(name === undefined ? {} : { name }),
      labels: { ...labels },
      version: context.version,
      os: platform(),
      arch: arch(),
    },
    ...(identity.secret === undefined ? {} : { secret: identity.secret }),
    instance,
    connection,
    outbox: {
      ...(await outboxPosition(context.store)),
      instances: await recordInstance(context.store, instance),
    },
    projects: [...context.projects()],
    features: [
      LIVE_FEATURE,
      UPDATE_FEATURE,
      STOP_FEATURE,
      TOLD_FEATURE,
      PROMPTS_FEATURE,
      HOLD_FEATURE,
      RULES_FEATURE,
      RESTART_FEATURE,
      TASKS_FEATURE,
      CHECK_FEATURE,
      PRECONDITION_FEATURE,
      WORKTREE_FEATURE,
      FILES_FEATURE,
      LEASES_FEATURE,
    ],
    opencode: context.opencode.report(),
    credentialVersion,
    holds: [...context.holds.all],
  };
}
