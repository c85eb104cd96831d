import { type Channel, DeliveryError, WebhookChannel } from "@hal/channels";

const { WEBHOOK_URL = "", WEBHOOK_SECRET } = process.env;
const channel: Channel = new WebhookChannel({ url: WEBHOOK_URL, secret: WEBHOOK_SECRET, allowPrivate: true });

for (const problem of await channel.check("")) console.warn(problem);
try {
  await channel.post({
    ref: "build-4711", // the same on each try
    place: "",
    message: { title: "The build of main failed", tone: "bad" },
    facts: { type: "build.failed", at: Date.now(), data: { branch: "main", minutes: 12 } },
  });
  console.log("it arrived");
} catch (error) {
  if (!(error instanceof DeliveryError)) throw error;
  console.error(`${error.problem}: ${error.message}`);
  process.exitCode = 1;
}
