import type { Composed } from "./composer.ts";

/** The subject of the card that shows the whole fleet. It is always there where the configuration says so. */
export const FLEET = "fleet";

/** What such a card shows where the configuration does not say so any more. */
export const NOT_KEPT: Composed = {
  message: { title: "How the fleet is, is not shown here any more", tone: "neutral" },
  isOver: false,
};
