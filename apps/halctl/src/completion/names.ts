import { isFinal, type OperatorClient } from "@hal/protocol";
import { readConfigFile } from "../settings/config-file.ts";
import type { Settings } from "../settings/settings.ts";
import type { NameKind } from "../grammar/spec.ts";
import type { Candidate } from "./candidates.ts";

const MOST = 200;
/** So much of a prompt tells it from the others. */
const SHOWN = 60;

/** Names of a kind, as they are now. */
export async function namesOfKind(
  kind: NameKind,
  { client, settings }: { readonly client: OperatorClient; readonly settings: Settings },
): Promise<readonly Candidate[]> {
  switch (kind) {
    case "context":
      return Object.entries(readConfigFile(settings.configFile).contexts).map(([value, { url = "" }]) => ({
        value,
        describe: url,
      }));
    case "node": {
      const { output } = await client.call("nodes.list", {});
      return output.map(({ name, reason }) => ({ value: name, describe: reason }));
    }
    case "project": {
      const { output } = await client.call("nodes.list", {});
      const projects = output.flatMap((node) => node.projects.map(({ name }) => ({ name, node: node.name })));
      const count = (name: string): number => projects.filter((one) => one.name === name).length;
      return projects.map(({ name, node }) => ({
        value: count(name) > 1 ? `${node}/${name}` : name,
        describe: `project on ${node}`,
      }));
    }
    case "session": {
      const { output } = await client.call("sessions.list", { limit: MOST });
      return byId(output, ({ project, node, status, title }) => `${node}/${project}, ${status}: ${title}`);
    }
    case "interaction": {
      const { output } = await client.call("interactions.list", { limit: MOST });
      return byId(output, ({ summary }) => summary);
    }
    case "command": {
      const { output } = await client.call("commands.list", { limit: MOST });
      return byId(output, ({ type, state }) => `${type}, ${state}`);
    }
    case "open-command": {
      const { output } = await client.call("commands.list", { limit: MOST });
      const open = output.filter(({ state }) => !isFinal(state));
      return byId(open, ({ type, state }) => `${type}, ${state}`);
    }
    case "prompt": {
      const { output } = await client.call("prompts.list", { limit: MOST });
      return byId(output, ({ node, project, text }) => `${node}/${project}: ${text.slice(0, SHOWN)}`);
    }
    case "schedule": {
      const { output } = await client.call("schedules.list", {});
      return output.map(({ name, cron, project }) => ({ value: name, describe: `${cron}, in ${project}` }));
    }
    case "budget": {
      const { output } = await client.call("budgets.list", {});
      return byId(output, ({ reason }) => reason);
    }
    case "token": {
      const { output } = await client.call("tokens.list", {});
      return output.map(({ name, role, state }) => ({ value: name, describe: `${role}, ${state}` }));
    }
    case "valid-token": {
      const { output } = await client.call("tokens.list", {});
      const valid = output.filter(({ state }) => state !== "revoked");
      return valid.map(({ name, role, state }) => ({ value: name, describe: `${role}, ${state}` }));
    }
    case "follower": {
      const { output } = await client.call("followers.list", {});
      return output.map(({ name, set_aside: count }) => ({ value: name, describe: `${count} events set aside` }));
    }
    case "target": {
      const { output } = await client.call("channels.list", {});
      return output.map(({ name, state, to }) => ({ value: name, describe: `${to}, ${state}` }));
    }
    case "event-type":
    case "operation":
      return [];
    default:
      return kind satisfies never;
  }
}

function byId<T extends { readonly id: string }>(rows: readonly T[], describe: (row: T) => string): Candidate[] {
  return rows.map((row) => ({ value: row.id, describe: describe(row) }));
}
