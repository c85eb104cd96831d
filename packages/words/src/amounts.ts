/** Dollars: cents for people, more places where it would otherwise read as nothing. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  return amount < 0.1 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;
}

/** A count with thousands separated: `45,231`. */
export function thousands(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A big count in few characters, such as one of tokens: `950`, `45.2K`, `2.1M`. */
export function tokenCount(count: number): string {
  let value = Math.round(count);
  let unit = 0;
  // what would be rounded to a thousand is one of the next unit
  while (value >= (unit === 0 ? 1_000 : 999.95) && unit < SHORT.length) {
    value /= 1_000;
    unit += 1;
  }
  return unit === 0 ? String(value) : `${value.toFixed(1)}${SHORT[unit - 1] ?? ""}`;
}

const SHORT = ["K", "M", "B", "T"];

/** Bytes in the biggest unit that fits: `1.2 GiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? "B"}`;
}
