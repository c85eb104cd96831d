import type { Credential, NodeView } from "@hal/protocol";
import { bytes, span } from "@hal/words";
import { type Check, note, ok, problem, SKEW_MS } from "./check.ts";

const DISK_FREE = { bytes: 1024 ** 3, part: 0.05 };

/** What is wrong with a node; one line that it is well, where nothing is. */
export function checkNode(node: NodeView, version: string): Check[] {
  const { name, status, reason, opencode, projects, resources } = node;
  const label = `node ${name}`;
  const checks: Check[] = [];
  if (status === "offline") return [problem(label, reason, `halctl why ${name} --kind node`)];
  if (status === "degraded") checks.push(problem(label, reason, wayOut(node)));
  for (const project of projects)
    if (project.state !== "ready")
      checks.push(
        problem(
          label,
          `project ${project.name} is ${project.state}${project.reason === undefined ? "" : `: ${project.reason}`}`,
          project.state === "failing"
            ? `halctl why ${name} --kind node, then mend it on ${node.hostname} in ${project.directory}`
            : `on ${node.hostname}: create ${project.directory}, let the agent's user in, or take it out of its projects`,
        ),
      );
  if (node.version !== version)
    checks.push(
      note(label, `its agent is ${node.version}, the supervisor ${version}`, "install the same release on both"),
    );
  // a supervisor of an earlier release does not say
  const ahead = (node.clock_ahead_ms as number | null | undefined) ?? 0;
  if (Math.abs(ahead) > SKEW_MS)
    checks.push(
      problem(
        label,
        `its clock is ${span(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} the supervisor's`,
        `on ${node.hostname}: timedatectl set-ntp true`,
      ),
    );
  checks.push(...differenceChecks(label, node));
  const { diskFreeBytes: free, diskTotalBytes: total } = resources ?? {};
  if (free !== undefined && (free < DISK_FREE.bytes || (total !== undefined && free / total < DISK_FREE.part)))
    checks.push(problem(label, `its disk has ${bytes(free)} left`, `on ${node.hostname}: make room; df -h`));
  if (checks.length > 0) return checks;
  return [ok(label, `online; opencode ${opencode.version ?? "?"} is up; ${projects.length} project(s) ready`)];
}

const MOST_NAMED = 3;

/** Sessions that may be otherwise than they are shown; a supervisor of an earlier release does not compare. */
function differenceChecks(label: string, { differences = [] }: NodeView): Check[] {
  const named = differences
    .slice(0, MOST_NAMED)
    .map(({ session_id: id, text }) =>
      problem(
        label,
        `what is shown of session ${id} may be false: ${text}`,
        `its agent was asked to tell it once more; where this stays, look at halctl why ${id}`,
      ),
    );
  const more = differences.length - named.length;
  if (more === 0) return named;
  return [...named, problem(label, `the same of ${more} more sessions`, "halctl nodes list -o json has them all")];
}

/** Whose agents hold a token with which everything may be asked; a model's shell on such a node can read it. */
export function checkAgentTokens(nodes: readonly NodeView[]): Check[] {
  const [first, ...more] = nodes.filter((node) => node.token_role === "admin");
  if (first === undefined) return [];
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return [
    note(
      "agent tokens",
      `the agent of ${first.name}${others} has the shared token, which is admin, and a model's shell there can read it`,
      `halctl tokens create ${first.name} --role agent > token; then on ${first.hostname}: put it where auth_token_file of the agent's configuration points, and send the agent SIGHUP`,
    ),
  ];
}

/** What to do about a node that is degraded, where the reason leaves that open. */
function wayOut({ name, hostname, opencode }: NodeView): string {
  return opencode.state === "down"
    ? `on ${hostname}: journalctl -u hal-agent -n 50, and opencode-server.log in its data_dir`
    : `halctl why ${name} --kind node`;
}

/** What opencode there may ask providers with. */
export function checkLogins({ name, hostname }: NodeView, credentials: readonly Credential[] | undefined): Check {
  const label = `login ${name}`;
  if (credentials === undefined) return note(label, "its agent is too old to say", "install the same release there");
  if (credentials.length > 0)
    return ok(label, credentials.map(({ provider, kind }) => `${provider} (${kind})`).join(", "));
  return note(
    label,
    "opencode has no login and no provider's key; only models that want none will answer",
    `on ${hostname}: put a key into opencode.env of its agent, or name an auth.json in opencode.auth_file`,
  );
}
