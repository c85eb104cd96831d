import * as v from "valibot";

export const Port = v.pipe(
  v.number("must be a number"),
  v.integer(),
  v.minValue(0),
  v.maxValue(65_535, "is above 65535"),
);
export const Positive = v.pipe(v.number("must be a number"), v.minValue(0.001, "must be above 0"));
export const PositiveInteger = v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1));
export const Text = v.pipe(v.string("must be text"), v.minLength(1, "is empty"));
export const Switch = v.boolean("must be true or false");
