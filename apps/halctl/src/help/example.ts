/** What can be typed, without `halctl` in front, and what it does. */
export type Example = readonly [line: string, purpose: string];

/** Examples by the words of their command. */
export type Examples = Readonly<Record<string, readonly Example[]>>;
