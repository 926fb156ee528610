// The colours of states. Each state is also a word.

export const TONES = { open: "good", closed: "warn" } as const;

export function toneOf(state: string): string {
  switch (state) {
    case "started":
    case "playing":
    case "live":
      return "good";
    case "open":
    case "seated":
      return "calm";
    case "gathering":
    case "queued":
      return "soft";
    case "draining":
    case "closed":
      return "warn";
    case "ended":
    case "banned":
      return "bad";
    default:
      return "plain";
  }
}
