import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/supervisor/schema.ts",
  out: "./migrations/supervisor",
});
