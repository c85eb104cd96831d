// model-provider.ts PORT: a model that answers as its prompts say, on the network of the machine in which this is started.
import { startModelProvider } from "@hal/testkit";

const provider = await startModelProvider({ port: Number(process.argv[2]) });
console.log(JSON.stringify(provider.opencodeConfig()));
