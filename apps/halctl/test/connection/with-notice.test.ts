import type { OperatorClient } from "@hal/protocol";
import { expect, it } from "vitest";
import { withNotice } from "../../src/connection/with-notice.ts";

it("a notice of the supervisor is shown once, beside the output and without control characters", async () => {
  const written: string[] = [];
  const client = {
    call: async () => ({ output: [], meta: { notice: "this token ends soon\u001B[2J" } }),
  } as unknown as OperatorClient;
  const noticed = withNotice(client, { err: { write: (text) => written.push(text) } });
  expect((await noticed.call("nodes.list", {})).output).toEqual([]);
  await noticed.call("nodes.list", {});
  expect(written).toHaveLength(1);
  expect(written[0]).toContain("halctl: notice: this token ends soon");
  expect(written[0]).not.toContain("\u001B");
});
