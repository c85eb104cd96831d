import { showList } from "../../live/show-list.ts";
import { statusPage } from "./status-page.ts";
import type { Run } from "../../grammar/run.ts";

export const showStatus: Run<{ readonly watch: boolean }> = (session, { watch }) =>
  showList(session, watch, {
    title: "status",
    read: async (options) => {
      const { client } = session;
      const { output: status } = await client.call("status.get", {}, options);
      const { output: open } = await client.call("interactions.list", { state: "open", limit: 10 }, options);
      return { status, open };
    },
    render: ({ status, open }, look) => statusPage(status, open, look),
    json: ({ status }) => status,
    concerns: /./,
  });
