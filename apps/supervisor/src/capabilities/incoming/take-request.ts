import { createHash } from "node:crypto";
import { newUuid, parseJson } from "@hal/daemon";
import { HalError, isShallow } from "@hal/protocol";
import { takeArrival } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import type { Audit } from "../audit/audit.ts";
import type { Kernel } from "../../kernel.ts";
import { signatureProblem, type RawRequest } from "./check-signature.ts";
import type { Happening, Read } from "./domain/happening.ts";
import { type Matched, matchRule } from "./domain/match-rule.ts";
import { promptText } from "./domain/prompt-text.ts";
import { readGeneric } from "./domain/read-generic.ts";
import { readGithub } from "./domain/read-github.ts";
import { readGitlab } from "./domain/read-gitlab.ts";
import { hasSecret, type Source, sourceOf } from "./sources.ts";

/** So many arrivals wait at most. */
const MOST_OPEN = 1_000;
const DAY_MS = 86_400_000;
/** What happened longer ago is told by nobody any more: services tell again for three days. */
export const OLDEST_MS = 4 * DAY_MS;

export type TakeContext = Pick<Kernel, "store" | "clock" | "log"> & { readonly audit: Audit };

/** What a sender is answered. */
export interface TakenAnswer {
  readonly status: 200 | 202 | 403;
  readonly data: { readonly state: string; readonly reason: string; readonly arrival?: string };
}

/** A request to a path below `/incoming`: who is said to have sent it, and what came. */
export interface IncomingRequest extends RawRequest {
  readonly sender: string;
  readonly ip: string | undefined;
}

/**
 * Takes what somebody told, once it is known that they did: what a rule takes is in the database when this returns, and worked at
 * afterwards. Throws a HalError where the request is not by whoever it says.
 */
export async function takeRequest(
  context: TakeContext,
  section: SupervisorConfig["incoming"],
  request: IncomingRequest,
): Promise<TakenAnswer> {
  const { sender, header } = request;
  const source = sourceOf(section, sender);
  if (source === undefined || !hasSecret(source))
    throw new HalError("not_found", `nothing is taken for ${sender} here: the configuration has no secret for it`);
  const now = context.clock.now();
  const problem = signatureProblem(source, request, now);
  if (problem !== undefined) throw refused(context, request, problem);
  if (!source.enabled) return answer(403, "refused", `${source.path}.enabled is false`);
  const said = hashOf(request.body);
  const mark = markOf(source, header, said);
  // where the id is signed, too, the same may be told twice and mean it
  const bodyHash = source.kind !== "github" && source.signing !== undefined ? hashOf(`${mark}.${said}`) : said;
  const body = bodyOf(request);
  const event = header("x-github-event") ?? "";
  if (source.kind === "github" && event === "ping")
    return answer(200, "ignored", "it is there, and its secret is right");
  const read = readBy(source, { event, mark, body });
  if (read.kind === "nothing") return ignored(context, source, read.reason);
  const { happening } = read;
  const matched = matchRule(source.rules, happening);
  if (matched.kind === "ignored") return ignored(context, source, matched.reason);
  if (happening.at !== undefined && now - happening.at > OLDEST_MS)
    return answer(200, "refused", "it happened more than four days ago");
  return keep(context, source, { matched, happening, mark, bodyHash });
}

function refused({ audit, log }: TakeContext, { sender, ip }: IncomingRequest, problem: string): HalError {
  const reason = `the request is not by ${sender}: ${problem}`;
  audit.refused({ actor: sender, role: undefined, surface: "webhook", ip, action: "incoming", reason });
  log.debug({ sender, reason: problem }, "a request was refused");
  return new HalError("forbidden", reason);
}

/** By what it is known when it comes again. An older GitLab names nothing that is another one each time: all that it says does. */
function markOf({ kind }: Source, header: IncomingRequest["header"], bodyHash: string): string {
  const names = MARKS[kind];
  const given = names.map((name) => header(name)).find((mark) => mark !== undefined && mark !== "");
  const named = given ?? (kind === "gitlab" ? bodyHash : undefined);
  if (named === undefined || named.length > 256)
    throw new HalError("bad_request", `it has no id of its own in the header ${names[0]}`);
  return named;
}

const MARKS: Readonly<Record<Source["kind"], readonly [string, ...string[]]>> = {
  github: ["x-github-delivery"],
  gitlab: ["webhook-id", "idempotency-key"],
  generic: ["webhook-id"],
};

function bodyOf({ header, body }: IncomingRequest): unknown {
  if (!/^application\/json\s*(;|$)/i.test(header("content-type") ?? ""))
    throw new HalError("bad_request", "the body is not said to be JSON: choose application/json for the webhook there");
  const parsed = parseJson(body.toString());
  if (!parsed.ok) throw new HalError("bad_request", `the body is not JSON: ${parsed.problem}`);
  if (!isShallow(parsed.value)) throw new HalError("bad_request", "the body is nested too deeply");
  return parsed.value;
}

function readBy(
  { kind, sender }: Source,
  { event, mark, body }: { readonly event: string; readonly mark: string; readonly body: unknown },
): Read {
  switch (kind) {
    case "github":
      return readGithub(event, body);
    case "gitlab":
      return readGitlab(body);
    case "generic":
      return readGeneric(sender.slice("generic/".length), mark, body);
    default:
      return kind satisfies never;
  }
}

function ignored({ log }: TakeContext, { sender }: Source, reason: string): TakenAnswer {
  log.debug({ sender, reason }, "what was told is for no rule");
  return answer(200, "ignored", reason);
}

interface ToKeep {
  readonly matched: Extract<Matched, { readonly kind: "taken" }>;
  readonly happening: Happening;
  readonly mark: string;
  readonly bodyHash: string;
}

async function keep(
  { store, clock, log }: TakeContext,
  source: Source,
  { matched: { rule, index, thing }, happening, mark, bodyHash }: ToKeep,
): Promise<TakenAnswer> {
  const { sender, path } = source;
  const { event, repository, person, answerAt, isAutomatic } = happening;
  const now = clock.now();
  const about = { ...happening, thing };
  const { project, node, agent, model, most_per_day: most } = rule;
  const taken = await takeArrival(
    store,
    {
      id: `arr_${newUuid()}`,
      sender,
      mark,
      bodyHash,
      event,
      repository,
      thing,
      person,
      rule: `${path}.rules.${index}`,
      work: {
        project,
        node,
        agent,
        model,
        prompt: promptText(source.kind, rule, about),
        answerAt: answerAt && { ...answerAt },
      },
      answer: source.writes && answerAt !== undefined ? "awaited" : "none",
      createdAt: now,
    },
    `case_${newUuid()}`,
    { open: MOST_OPEN, ofEvent: isAutomatic ? { most, since: now - DAY_MS } : undefined },
  );
  if (taken.kind === "full")
    throw new HalError("unavailable", `${MOST_OPEN} arrivals wait already; see: halctl incoming list`);
  const { arrival } = taken;
  const fields = { arrival: arrival.id, sender, event, repository, thing, person };
  if (taken.kind === "known") return answer(200, "known", `it came before, and is ${arrival.state}`, arrival.id);
  if (taken.kind === "refused") {
    log.warn({ ...fields, reason: arrival.reason }, "what was told is refused");
    return answer(403, "refused", arrival.reason ?? "", arrival.id);
  }
  log.info(fields, "what was told is worked at");
  return answer(202, "accepted", "it is worked at", arrival.id);
}

function answer(status: TakenAnswer["status"], state: string, reason: string, arrival?: string): TakenAnswer {
  return { status, data: { state, reason, ...(arrival === undefined ? {} : { arrival }) } };
}

function hashOf(body: Buffer | string): string {
  return createHash("sha256").update(body).digest("hex");
}
