import { DeliveryError } from "@hal/channels";
import { commandsShownOn, keepCommandsShown } from "@hal/store/supervisor";
import type { ChatContext } from "./chat-desk.ts";
import { discordCommands } from "./discord-commands.ts";

/** Has Discord show the commands while somebody types; they are sent only where they are not those that it has. */
export async function registerCommands({ channels, store, stopping }: ChatContext): Promise<void> {
  const { discord } = channels;
  if (discord === undefined) return;
  try {
    const known = commandsShownOn(store, "discord");
    const shown = await discord.register(discordCommands(), known, stopping);
    if (shown !== known) await keepCommandsShown(store, "discord", shown);
  } catch (error) {
    if (stopping.aborted) return;
    if (!(error instanceof DeliveryError)) throw error;
    const { message: reason } = error;
    channels.faults.say("discord", "warn", {
      channel: "discord",
      reason,
      text: "commands are not shown there; they can be typed behind a mention of the app",
    });
  }
}
