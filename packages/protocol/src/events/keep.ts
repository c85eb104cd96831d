import type * as v from "valibot";

/**
 * What becomes of an event while its agent's outbox is full (protocol §4.1): `droppable` is progress that gives way to a gap,
 * `reserved` always finds room, and for what is kept `always` telling stops until there is some.
 */
export type Keep = "droppable" | "reserved" | "always";

/** An event as it is declared: how it is kept, and what its data is. */
export interface Declared<Data extends v.GenericSchema = v.GenericSchema> {
  readonly keep: Keep;
  readonly data: Data;
}

export function droppable<Data extends v.GenericSchema>(data: Data): Declared<Data> {
  return { keep: "droppable", data };
}

export function reserved<Data extends v.GenericSchema>(data: Data): Declared<Data> {
  return { keep: "reserved", data };
}

export function always<Data extends v.GenericSchema>(data: Data): Declared<Data> {
  return { keep: "always", data };
}
