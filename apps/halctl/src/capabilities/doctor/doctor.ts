import type { Trust } from "@hal/daemon";
import { HalError, type NodeView, type OperatorClient, type TargetView } from "@hal/protocol";
import { refusedText } from "@hal/words";
import { type Check, note, problem } from "./check.ts";
import { checkAgentTokens, checkLogins, checkNode } from "./check-nodes.ts";
import { refusedAgents } from "../nodes/refused-agents.ts";
import { checkChannels } from "./check-channels.ts";
import { checkReach } from "./check-reach.ts";
import { checkFileModes, checkSettings } from "./check-settings.ts";
import { checkDatabase, checkSupervisor } from "./check-supervisor.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Local, LocalRun } from "../../local.ts";
import { doctorPage } from "./doctor-page.ts";
import { print } from "../../output/print.ts";
import type { Settings } from "../../settings/settings.ts";
import { tokenMark } from "../../settings/token-mark.ts";

/** So many nodes are asked for their logins at once; each costs a command. */
const MOST_ASKED = 25;
const ASK_MS = 5_000;

/** Looks at everything between this terminal and the agents; exit code 1 where something is wrong. */
export const runDoctor: LocalRun<object> = async (local) => {
  const { terminal, format } = local;
  const checks: Check[] = [];
  for await (const found of examine(local)) checks.push(...found);
  print({ terminal, format }, checks, (found, { columns }) => doctorPage(found, columns));
  return checks.some(({ level }) => level === "problem") ? EXIT.failed : EXIT.done;
};

async function* examine(local: Local): AsyncGenerator<readonly Check[]> {
  let settings: Settings;
  let trust: Trust;
  try {
    settings = local.settings();
    trust = local.trust(settings);
  } catch (error) {
    yield [
      problem("settings", messageOf(error), "halctl config show, halctl config check"),
      ...checkFileModes(undefined),
    ];
    return;
  }
  yield [...checkSettings(settings), ...checkFileModes(settings)];
  const { checks, certificate } = await checkReach(settings.url, trust);
  yield checks;
  if (checks.some(({ level }) => level === "problem")) return;
  const client = local.open(settings, trust);
  try {
    yield* examineSupervisor(local, client, certificate);
  } catch (error) {
    // where the certificate is what is wrong, the failed connection says nothing more
    if (certificate?.level === "problem") yield [certificate];
    else yield [...(certificate === undefined ? [] : [certificate]), failureOf(error, settings)];
  } finally {
    await client.close();
  }
}

async function* examineSupervisor(
  { terminal, version }: Local,
  client: OperatorClient,
  certificate: Check | undefined,
): AsyncGenerator<readonly Check[]> {
  // the connection is made by the first question, and is not to be measured
  const { output: actor } = await client.call("whoami.get", {});
  if (certificate !== undefined) yield [certificate];
  const began = terminal.now();
  const { output: status } = await client.call("status.get", {});
  const roundTripMs = terminal.now() - began;
  yield checkSupervisor({ status, actor, version, askedAt: began + roundTripMs / 2, roundTripMs });
  if (actor.role === "admin") yield checkDatabase((await client.call("db.info", {})).output, terminal.now());
  yield checkChannels(await targetsOf(client), terminal.now());
  const { output: nodes } = await client.call("nodes.list", {});
  yield [...nodes.flatMap((node) => checkNode(node, status.version)), ...checkAgentTokens(nodes)];
  const refused = await refusedAgents(client);
  yield refused.map((refusal) => note("refused agent", refusedText(refusal, terminal.now())));
  const online = nodes.filter((node) => node.status !== "offline");
  if (online.length === 0) return;
  if (actor.role === "viewer")
    yield [note("logins", "asking nodes for the logins of opencode needs the role operator")];
  else yield await Promise.all(online.slice(0, MOST_ASKED).map((node) => loginCheck(client, node)));
  if (online.length > MOST_ASKED)
    yield [
      note("logins", `${MOST_ASKED} of ${online.length} nodes were asked`, "halctl nodes check NODE asks another"),
    ];
}

/** None where the supervisor is older than channels. */
async function targetsOf(client: OperatorClient): Promise<readonly TargetView[]> {
  try {
    return (await client.call("channels.list", {})).output;
  } catch (error) {
    if (error instanceof HalError && error.code === "not_found") return [];
    throw error;
  }
}

async function loginCheck(client: OperatorClient, node: NodeView): Promise<Check> {
  const label = `login ${node.name}`;
  const fix = `halctl why ${node.name} --kind node`;
  try {
    const { output } = await client.call("nodes.check", { id: node.id, wait_ms: ASK_MS, deadline_ms: ASK_MS });
    if (output.status !== null) return checkLogins(node, output.status.credentials);
    return problem(label, `it could not be asked: ${output.command.reason}`, fix);
  } catch (error) {
    return problem(label, `it could not be asked: ${messageOf(error)}`, fix);
  }
}

/** Why there is no talking to it, although something listens. */
function failureOf(error: unknown, { token, url }: Settings): Check {
  if (!(error instanceof HalError)) throw error;
  switch (error.code) {
    case "auth_required":
      return problem(
        "token",
        `the supervisor refused the token (fingerprint ${tokenMark(token)})`,
        "the supervisor's log has the fingerprints of what it was given and what it wants; take the right one",
      );
    case "forbidden":
      return problem(
        "token",
        error.message,
        "an agent's token opens no terminal: halctl tokens create NAME --role viewer",
      );
    case "not_found":
      return problem("supervisor", "it is too old for this halctl", "install the same release on both");
    default:
      return problem(
        "supervisor",
        error.message,
        `is ${url} the supervisor's port? ws:// wants 8420, http:// wants 8421`,
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
