import { Count, FILE_KINDS } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import * as v from "valibot";
import type { BackEnd } from "../../back-end.ts";
import { answerTo, eachOf, fitting, unknownAnswer } from "./answers.ts";
import type { Calls } from "./calls.ts";
import { Agent, Capabilities, Limit, Providers } from "./shapes/offers.ts";
import { splitModel } from "./split-model.ts";

/** What opencode says of its models and agents. */
export function offersOf(client: Calls) {
  return {
    async contextLimit(directory, model) {
      const limit = fitting(Limit, await modelOf(client, directory, model))?.limit.context;
      return v.is(v.pipe(Count, v.minValue(1)), limit) ? limit : undefined;
    },
    async takes(directory, model) {
      const input = fitting(Capabilities, await modelOf(client, directory, model))?.capabilities.input;
      return input === undefined ? undefined : FILE_KINDS.filter((kind) => input[kind]);
    },
    async offers(directory) {
      const said = fitting(Providers, await answerTo("providers", client.config.providers({ directory })));
      if (said === undefined) throw unknownAnswer("providers");
      const agents = eachOf("agents", Agent, await answerTo("agents", client.app.agents({ directory })));
      return {
        models: said.providers.flatMap(({ id, models }) => Object.keys(models).map((model) => `${id}/${model}`)),
        agents: agents.filter(({ hidden }) => !hidden).map(({ name }) => name),
      };
    },
  } satisfies Partial<BackEnd>;
}

/** What it says of a model; undefined where it does not know it. */
async function modelOf(client: Calls, directory: string, model: string): Promise<unknown> {
  const { providerID, modelID } = splitModel(model);
  const said = fitting(Providers, await answerTo("providers", client.config.providers({ directory })));
  const models = said?.providers.find(({ id }) => id === providerID)?.models;
  return models === undefined ? undefined : entryOf(models, modelID);
}
