const DECIMAL = /^([+-]?)(\d{1,30})?(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** How many digits of a unit are nano-dollars. */
export const UNITS = { dollars: 9, cents: 7 } as const;

/**
 * Integer nano-dollars of a decimal amount, rounded half away from zero, without a float in between; a number is taken as it is
 * written. Undefined for what is no amount, or more than a bill can be.
 */
export function nanoUsdOf(amount: string | number, unit: keyof typeof UNITS): number | undefined {
  const match = DECIMAL.exec(String(amount).trim());
  if (match === null) return undefined;
  const [, sign, whole = "", part = "", exponent = "0"] = match;
  if (whole === "" && part === "") return undefined;
  const shift = UNITS[unit] + Number(exponent) - part.length;
  if (Math.abs(shift) > 200) return undefined;
  const digits = BigInt(whole + part);
  const nano = shift >= 0 ? digits * 10n ** BigInt(shift) : halfUp(digits, 10n ** BigInt(-shift));
  if (nano > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return sign === "-" && nano !== 0n ? -Number(nano) : Number(nano);
}

function halfUp(value: bigint, by: bigint): bigint {
  return (value * 2n + by) / (by * 2n);
}
