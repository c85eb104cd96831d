import { defineConfig } from "drizzle-kit";

export default defineConfig({ dialect: "sqlite", schema: "./src/agent/schema.ts", out: "./migrations/agent" });
