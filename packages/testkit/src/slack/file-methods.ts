import { jsonOf, needed, openChannelOf, type SlackMethod, SlackRefusal, textOf } from "./call.ts";
import { isRecord } from "./checks.ts";
import { BOT_USER } from "./workspace.ts";

const scopes = ["files:write"];

/** A file is announced, sent to an address of its own, and shared then. */
export function fileMethods(addressOf: (file: string) => string): Readonly<Record<string, SlackMethod>> {
  return {
    "files.getUploadURLExternal": {
      scopes,
      run(workspace, given) {
        const name = needed(given, "filename");
        if (!(Number(given["length"]) > 0)) throw new SlackRefusal("invalid_arguments");
        const id = workspace.name("F");
        workspace.files.set(id, { id, name, bytes: undefined, channel: undefined, threadTs: undefined });
        return { upload_url: addressOf(id), file_id: id };
      },
    },
    "files.completeUploadExternal": {
      scopes,
      run(workspace, given) {
        const files = jsonOf(given, "files", "invalid_arguments");
        const ids = Array.isArray(files) ? files.map((one: unknown) => (isRecord(one) ? String(one["id"]) : "")) : [];
        const known = ids.map((id) => {
          const file = workspace.files.get(id);
          if (file?.bytes === undefined) throw new SlackRefusal("file_not_found");
          return file;
        });
        const place = textOf(given, "channel_id");
        const channel = place === undefined ? undefined : openChannelOf(workspace, place).id;
        const threadTs = textOf(given, "thread_ts");
        for (const file of known) Object.assign(file, { channel, threadTs });
        if (channel !== undefined) {
          const text = textOf(given, "initial_comment") ?? "";
          workspace.say({ channel, user: BOT_USER, isOwn: true, text, threadTs, files: ids });
        }
        return { files: known.map(({ id, name }) => ({ id, title: name })) };
      },
    },
  };
}
