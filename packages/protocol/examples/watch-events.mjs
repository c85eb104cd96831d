// A program of somebody else's, in plain JavaScript: prints what happens in a fleet, one line for each event.
import { createHttpClient } from "@hal/protocol";

const { HAL_URL = "http://127.0.0.1:8421", HAL_TOKEN = "" } = process.env;
const client = createHttpClient({ url: HAL_URL, token: HAL_TOKEN, fetch });

const { output: me } = await client.call("whoami.get", {});
console.log(`watching as ${me.actor}`);
for await (const { item } of client.stream("events.stream", {})) console.log(`${item.type} ${item.node_id ?? ""}`);
