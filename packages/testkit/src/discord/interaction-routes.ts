import { change, contentOf, shownMessage } from "./channel-routes.ts";
import { judgeDiscordMessage, judgeDiscordModal } from "./judge-message.ts";
import { isRecord } from "../slack/checks.ts";
import { DiscordRefusal, refuseBody } from "./refusal.ts";
import type { DiscordRequest, DiscordRoute } from "./route.ts";
import { BOT, type DiscordInteraction, type DiscordInteractionKind, type DiscordServer } from "./server.ts";

const TOKEN_MS = 15 * 60_000;
const isOfBot = false;

/** With what each thing that a person does may be acknowledged. */
const ANSWERS: Readonly<Record<DiscordInteractionKind, readonly number[]>> = {
  command: [4, 5, 9],
  press: [4, 5, 6, 7, 9],
  form: [4, 5, 6, 7],
  completion: [8],
};

/** What is asked of what a person did: acknowledged once within three seconds, answered for a quarter of an hour. */
export const interactionRoutes: Readonly<Record<string, DiscordRoute>> = {
  "POST /interactions/:id/:token/callback": { isOfBot, run: (request) => acknowledge(request) },
  "POST /webhooks/:id/:token": {
    isOfBot,
    run(request) {
      const interaction = answered(request.server, request.ids[1]);
      const isEphemeral = Number(request.body["flags"] ?? 0) === 64;
      const message = add(request, interaction, isEphemeral);
      return shownMessage(message);
    },
  },
  "GET /webhooks/:id/:token/messages/@original": {
    isOfBot,
    run: ({ server, ids }) => shownMessage(originalOf(server, ids[1])),
  },
  "PATCH /webhooks/:id/:token/messages/@original": {
    isOfBot,
    run(request) {
      const message = originalOf(request.server, request.ids[1]);
      change(message, request);
      return shownMessage(message);
    },
  },
  "DELETE /webhooks/:id/:token/messages/@original": {
    isOfBot,
    run({ server, ids }) {
      server.remove(originalOf(server, ids[1]));
    },
  },
};

function acknowledge(request: DiscordRequest): void {
  const { server, ids, body } = request;
  const interaction = server.interactions.get(ids[1] ?? "");
  if (interaction === undefined || interaction.id !== ids[0] || server.now() - interaction.at > server.patienceMs)
    throw new DiscordRefusal(404, 10062, "Unknown interaction");
  if (interaction.answer !== undefined)
    throw new DiscordRefusal(400, 40060, "Interaction has already been acknowledged.");
  const type = Number(body["type"]);
  const data = isRecord(body["data"]) ? body["data"] : {};
  if (!ANSWERS[interaction.kind].includes(type))
    refuseBody([{ pointer: "/type", message: `Value must be one of {${ANSWERS[interaction.kind].join(", ")}}.` }]);
  if (type === 9) refuseBody(judgeDiscordModal(data));
  if (type === 8) judgeChoices(data["choices"]);
  if (type === 4 || type === 7) refuseBody(judgeDiscordMessage(data));
  const inner = { ...request, body: data };
  if (type === 4) interaction.original = add(inner, interaction, Number(data["flags"] ?? 0) === 64);
  if (type === 5) interaction.original = think(server, interaction, Number(data["flags"] ?? 0) === 64);
  if (type === 6 || type === 7) interaction.original = interaction.message;
  if (type === 7 && interaction.message !== undefined) change(interaction.message, inner);
  if (type === 9)
    server.modals.push({ user: interaction.user, channel: interaction.channel, message: interaction.message, data });
  interaction.answer = { type, data };
  interaction.settle(true);
}

function judgeChoices(choices: unknown): void {
  const isGood =
    Array.isArray(choices) &&
    choices.length <= 25 &&
    choices.every(
      (one: unknown) =>
        isRecord(one) &&
        [one["name"], one["value"]].every((text) => typeof text === "string" && text !== "" && text.length <= 100),
    );
  if (!isGood) refuseBody([{ pointer: "/data/choices", message: "Must be 25 or fewer, of 1 to 100 characters each." }]);
}

function think(server: DiscordServer, { channel, user }: DiscordInteraction, isEphemeral: boolean) {
  return server.say({
    channel,
    author: BOT,
    isOwn: true,
    content: "",
    isThinking: true,
    ephemeralTo: isEphemeral ? user : undefined,
  });
}

/** A message by the interaction's own token. The first one after "thinking" takes its place, and is shown to whom that is. */
function add(request: DiscordRequest, interaction: DiscordInteraction, isEphemeral: boolean) {
  const { server } = request;
  const { original, channel, user } = interaction;
  const said = contentOf(request);
  if (original?.isThinking === true && server.messages.includes(original))
    return Object.assign(original, { ...said, isThinking: false });
  return server.say({ channel, author: BOT, isOwn: true, ephemeralTo: isEphemeral ? user : undefined, ...said });
}

function answered(server: DiscordServer, token = ""): DiscordInteraction {
  const interaction = server.interactions.get(token);
  if (interaction === undefined) throw new DiscordRefusal(404, 10015, "Unknown Webhook");
  if (server.now() - interaction.at > TOKEN_MS) throw new DiscordRefusal(401, 50027, "Invalid Webhook Token");
  if (interaction.answer === undefined) throw new DiscordRefusal(404, 10015, "Unknown Webhook");
  return interaction;
}

function originalOf(server: DiscordServer, token: string | undefined) {
  const { original } = answered(server, token);
  if (original === undefined || !server.messages.includes(original))
    throw new DiscordRefusal(404, 10008, "Unknown Message");
  return original;
}
