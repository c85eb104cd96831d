import type { InteractionView } from "@hal/protocol";
import { ANYWHERE, CHANGED_PATHS, IN_A_COMMAND, KINDS, PATHS, type Sign } from "./risk-signs.ts";

export type Risk = NonNullable<InteractionView["risk"]>;

/** What a person is asked to allow. */
export interface Asked {
  readonly permission: string;
  readonly patterns: readonly string[];
  /** the command line, where it is for one */
  readonly command?: string | undefined;
}

/** Of a longer text not all is judged, so that it is never low. */
const MOST_CHARS = 8_192;

/** A command that looks and changes nothing: by its words alone, without anything that a shell reads as more. */
const LOOKS = /^(git (status|diff|log|show|remote -v)|ls|pwd|wc|whoami|date|uname)( [\w./:=@~^-]+)*$/;
/** What makes of a look more than that. */
const MORE = / --?(o|output|ext-diff|textconv)\b/;

const UNKNOWN: Risk = { level: "unknown", reason: "no rule knows what it does" };

const RANK: Readonly<Record<Risk["level"], number>> = { high: 0, medium: 1, unknown: 2, low: 3 };

/**
 * How much may be lost by allowing it, with the reason. Each part is judged, and the worst counts; it is low only where
 * every part is known to be. What no rule knows is unknown.
 */
export function riskOf(asked: Asked): Risk {
  const parts = [...asked.patterns, ...(asked.command === undefined ? [] : [asked.command])];
  const isCut = parts.some((text) => text.length > MOST_CHARS);
  const texts = parts.map((text) => text.slice(0, MOST_CHARS));
  const risk = asked.permission === "bash" ? ofCommand(texts) : ofKind(asked.permission, texts);
  return isCut && risk.level === "low" ? UNKNOWN : risk;
}

function ofCommand(texts: readonly string[]): Risk {
  const commands = texts.flatMap((text) => text.split(/[;&|\n(){}`]+/));
  const known = worst([...found(IN_A_COMMAND, commands), ...found(ANYWHERE, texts)]);
  if (known !== undefined) return known;
  const looks = texts.length > 0 && texts.every((text) => LOOKS.test(text) && !MORE.test(text));
  return looks ? { level: "low", reason: "it looks, and changes nothing" } : UNKNOWN;
}

function ofKind(permission: string, texts: readonly string[]): Risk {
  const signs = permission === "edit" ? [...PATHS, ...CHANGED_PATHS] : PATHS;
  return worst(found(signs, texts)) ?? KINDS.get(permission) ?? UNKNOWN;
}

function found(signs: readonly Sign[], texts: readonly string[]): Risk[] {
  return signs
    .filter(({ all }) => texts.some((text) => all.every((sign) => sign.test(text))))
    .map(({ level, reason }) => ({ level, reason }));
}

function worst(risks: readonly Risk[]): Risk | undefined {
  return risks.toSorted((a, b) => RANK[a.level] - RANK[b.level])[0];
}
