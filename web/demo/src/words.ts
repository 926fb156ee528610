// Errors and reasons in plain words.
import { ConnectionError, LeftError, ProblemError, ReplayError, SocketBlockedError } from "@skirmish/sdk";
import { SWATCHES } from "./colors.js";

const PROBLEMS: Readonly<Record<string, string>> = {
  unavailable: "The lobby is not answering right now. It usually comes back within moments.",
  "guests-disabled": "This server takes no guests. Sign in where you found this link.",
  "too-many-requests": "That was a bit fast. Wait a moment, then try again.",
  "unknown-pool": "This server does not know that kind of match.",
  "other-pool": "You are already waiting for another kind of match.",
  unauthorized: "Your guest pass has run out. Try again to get a new one.",
  "not-member": "A replay is for those who played the match, in the browser they played it in.",
  "unknown-room": "There is no replay of that match, or not any more.",
};

const BLOCKED =
  "The live connection to the game does not open. A proxy, a firewall, a VPN or a browser extension may block WebSockets: " +
  "try another network, or switch that off for this page.";

const REASONS: Readonly<Record<string, string>> = {
  expired: "You were away too long, so your place went to someone else.",
  room_closed: "Your room was closed because too few players came.",
  no_seat: "No room had a free seat for you. Try again.",
  match_unclaimed: "No game server was free for your match. Try again.",
  room_failed: "The game server lost your match. It does not count. Try again.",
  forfeited: "You left the match.",
  broken: "The game in this page failed. Reload the page, then go back into your match.",
  unknown_game: "This page does not know the game that is played there. Reload it to get a newer one.",
  match_over: "That match is over.",
  unauthorized: "Your guest pass has run out. Try again to get a new one.",
};

/** That another player has the colour wished for; undefined: nobody has. */
export function colorInWords(wished: string, given: string): string | undefined {
  if (wished.toLowerCase() === given.toLowerCase()) return undefined;
  const name = (color: string) => SWATCHES.find((swatch) => swatch.color === color.toLowerCase())?.name;
  const [taken, yours] = [name(wished) ?? "Your colour", name(given)];
  return `${taken} was taken. ${yours ? `You play in ${yours}.` : "You play in another colour."}`;
}

export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? "You are out of the match.";
}

export function errorInWords(error: unknown): string {
  if (error instanceof LeftError) return reasonInWords(error.reason);
  if (error instanceof ReplayError) return "That is no replay, or none that this page can play.";
  if (error instanceof SocketBlockedError) return BLOCKED;
  if (error instanceof ConnectionError) return "The server cannot be reached. Check your connection, then try again.";
  if (!(error instanceof ProblemError)) return "Something went wrong in this page. Try again, or reload it.";
  const known = PROBLEMS[error.slug];
  if (known) return known;
  if (error.status >= 500) return "The server has trouble right now. It usually passes within moments.";
  return error.message;
}
