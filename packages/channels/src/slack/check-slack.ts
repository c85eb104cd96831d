import type { WebClient } from "@slack/web-api";
import type { SlackOptions } from "./open-slack.ts";
import { slackErrorOf, slackFailure } from "./slack-failure.ts";
import { SLACK_APP_SCOPE, SLACK_SCOPES } from "./slack-scopes.ts";

type Credentials = Pick<SlackOptions, "appToken" | "botToken" | "mode" | "signingSecret">;

/** What is wrong with a bot token at first sight: a placeholder, or one that is another's. */
export function tokenProblem(token: string): string | undefined {
  return /^xoxb-[\w-]+$/.test(token) ? undefined : `that is no bot token of Slack: ${BOT_TOKEN}`;
}

const BOT_TOKEN = "copy the one that begins with xoxb- from OAuth & Permissions of the app";

/** What is missing before messages arrive in a channel and what people do there is heard; a line each. */
export async function checkSlack(
  client: WebClient,
  app: WebClient | undefined,
  place: string,
  credentials: Credentials,
): Promise<readonly string[]> {
  const problem = tokenProblem(credentials.botToken);
  const token = problem === undefined ? await tokenProblems(client, place) : { isKnown: false, problems: [problem] };
  const others = await Promise.all([
    // without a token nothing can be said of a channel
    token.isKnown ? channelProblems(client, place) : [],
    credentials.mode === "socket" ? appProblems(app, credentials.appToken) : secretProblems(credentials.signingSecret),
  ]);
  return [...token.problems, ...others.flat()];
}

async function tokenProblems(
  client: WebClient,
  place: string,
): Promise<{ readonly isKnown: boolean; readonly problems: readonly string[] }> {
  try {
    const { response_metadata } = await client.auth.test();
    const held = response_metadata?.scopes;
    const lacking = SLACK_SCOPES.filter(
      ({ scope, isOptional = false }) => !isOptional && held !== undefined && !held.includes(scope),
    );
    const problems = lacking.map(
      ({ scope, why }) =>
        `the app is not allowed ${scope}, which ${why}: add it under OAuth & Permissions and install the app again`,
    );
    return { isKnown: true, problems };
  } catch (error) {
    return { isKnown: false, problems: [slackFailure(error, place).message] };
  }
}

async function channelProblems(client: WebClient, place: string): Promise<readonly string[]> {
  try {
    const { channel } = await client.conversations.info({ channel: place });
    const name = channel?.name === undefined ? place : `#${channel.name}`;
    if (channel?.is_archived === true) return [`${name} is archived: unarchive it, or name another channel`];
    if (channel?.is_member === false) return [`the app is not in ${name}: type /invite and its name there`];
    return [];
  } catch (error) {
    // its scope is among those that the token lacks, and named there
    return slackErrorOf(error) === "missing_scope" ? [] : [slackFailure(error, place).message];
  }
}

/** What is wrong with an app token at first sight. */
export function appTokenMissing(token: string | undefined): string | undefined {
  if (token !== undefined && /^xapp-[\w-]+$/.test(token)) return undefined;
  return "Socket Mode needs an app token: make one that begins with xapp- under Basic Information, App-Level Tokens";
}

async function appProblems(app: WebClient | undefined, token: string | undefined): Promise<readonly string[]> {
  const problem = appTokenMissing(token);
  if (problem !== undefined) return [problem];
  try {
    await app?.apps.connections.open();
    return [];
  } catch (error) {
    return [appTokenProblem(error)];
  }
}

/** What is wrong with the app token, or with how it is used. */
export function appTokenProblem(error: unknown): string {
  const name = slackErrorOf(error);
  if (name === undefined) return slackFailure(error, "").message;
  if (name === "missing_scope")
    return `the app token is not allowed ${SLACK_APP_SCOPE.scope}, which ${SLACK_APP_SCOPE.why}: make another one under Basic Information, App-Level Tokens`;
  return `Slack refuses the app token (${name}): copy the one that begins with xapp- from Basic Information, App-Level Tokens`;
}

function secretProblems(secret: string | undefined): readonly string[] {
  if (secret === undefined)
    return [
      "requests of Slack are not taken without the signing secret: copy it from Basic Information, App Credentials",
    ];
  return /^[0-9a-f]{32}$/.test(secret)
    ? []
    : [
        "the signing secret is not one of Slack's, which has 32 hexadecimal digits: copy it from Basic Information, App Credentials",
      ];
}
