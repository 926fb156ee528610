// Numbers and times as the console writes them.

const DIGITS = new Intl.NumberFormat("en");
const AT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** 12,345 */
export function count(value: number): string {
  return DIGITS.format(value);
}

/** `3 players`, `1 player`. */
export function counted(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}

/** 250 ms, 4.2 s, 3 min 5 s, 2 h 4 min, 3 d 2 h */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return parts(whole, 60, "min", 1, "s");
  if (whole < 86_400) return parts(whole, 3600, "h", 60, "min");
  return parts(whole, 86_400, "d", 3600, "h");
}

/** How long ago a time was. */
export function ago(atMs: number, nowMs: number): string {
  return duration(Math.max(0, nowMs - atMs));
}

/** How far a time is: `in 4.2 s`, `3 s ago`. */
export function until(atMs: number, nowMs: number): string {
  return atMs >= nowMs ? `in ${duration(atMs - nowMs)}` : `${duration(nowMs - atMs)} ago`;
}

/** 30 Nov 2026, 14:05:12 */
export function at(ms: number): string {
  return AT.format(new Date(ms));
}

/** 512 B, 3.4 kB, 1.2 MB */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return value < 999_950 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

/** A value of the API in a few words: `state: started, players: 4`. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map(plain).join(", ");
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([name, part]) =>
    name === "until_s" ? `until: ${typeof part === "number" ? at(part * 1000) : "no end"}` : `${name}: ${plain(part)}`,
  );
  return entries.length === 0 ? "–" : entries.join(", ");
}

function parts(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small);
  const first = `${Math.floor(whole / large)} ${largeUnit}`;
  return rest === 0 ? first : `${first} ${rest} ${smallUnit}`;
}
