import { asks } from "../../grammar/verb.ts";

/** Why something is as it is. */
export const WHY = asks("why.get", { name: "why", page: async () => (await import("./why-page.ts")).whyPage });
