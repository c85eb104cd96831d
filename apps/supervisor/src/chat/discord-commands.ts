import type { DiscordCommand } from "@hal/channels";
import { COMMANDS, fieldsOf, summaryOf } from "./commands.ts";

/** The commands as Discord shows them while somebody types: what they take, their operations declare. */
export function discordCommands(): DiscordCommand[] {
  const help: DiscordCommand = { name: "hal-help", description: "What can be asked here" };
  return [
    ...COMMANDS.map((command): DiscordCommand => {
      const options = fieldsOf(command).map((field) => ({
        name: field.field,
        description: field.description === "" ? field.name : field.description,
        kind: field.kind === "number" ? ("whole" as const) : ("text" as const),
        isRequired: field.isRequired,
        ...(field.choices === undefined ? {} : { choices: field.choices }),
        isCompleted: field.refers.length > 0,
      }));
      return { name: command.name, description: summaryOf(command), options };
    }),
    help,
  ];
}
