import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: ["./src/supervisor/schema.ts", "./src/supervisor/spent-schema.ts", "./src/supervisor/audit-schema.ts"],
  out: "./migrations/supervisor",
});
