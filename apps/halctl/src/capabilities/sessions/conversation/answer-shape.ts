import { readFile } from "node:fs/promises";
import { type AnswerFormat, HalError, type MessageView } from "@hal/protocol";

/** A shape that an answer is to have, and what is wrong with one. */
export interface AnswerShape {
  /** as a session is asked for it */
  readonly format: AnswerFormat;
  /** why an answer does not have it, in one line; undefined where it has */
  problemOf(answer: Pick<MessageView, "text" | "structured"> | undefined): string | undefined;
}

/** Reads a JSON Schema from a file. Throws HalError("bad_request") where it is none, before anything is asked. */
export async function readShape(file: string): Promise<AnswerShape> {
  const schema = await readSchema(file);
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const ajv = new Ajv2020({ strict: false, logger: false });
  const validate = compiled(() => ajv.compile(schema), file);
  return {
    format: { type: "json_schema", schema },
    problemOf(answer) {
      if (answer === undefined) return "there is no answer, and one of the shape was asked for";
      const value = valueOf(answer);
      if (value === undefined) return "the answer does not have the shape that was asked for: it is no JSON";
      if (validate(value)) return undefined;
      const [first] = validate.errors ?? [];
      const where = first?.instancePath === "" ? "it" : first?.instancePath;
      return `the answer does not have the shape that was asked for: ${where} ${first?.message ?? "does not fit"}`;
    },
  };
}

/** What an answer says as JSON; undefined where it is none. */
export function valueOf({ text, structured }: Pick<MessageView, "text" | "structured">): unknown {
  if (structured !== null && structured !== undefined) return structured;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readSchema(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new HalError("bad_request", `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? "it fails"}`);
  }
  const schema = parsed(text);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    throw new HalError("bad_request", `${file} is no JSON Schema: it has to be an object in JSON`);
  return schema as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function compiled<T>(compile: () => T, file: string): T {
  try {
    return compile();
  } catch (error) {
    throw new HalError("bad_request", `${file} is no JSON Schema: ${(error as Error).message}`);
  }
}
