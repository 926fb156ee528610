// Texts for errors and reasons.
import { ConnectionError, LeftError, ProblemError, ReplayError, RoomError, SocketBlockedError } from "@skirmish/sdk";
import type { RoomProblem, Score } from "@skirmish/sdk";
import { SWATCHES } from "./colors.js";

const PROBLEMS: Readonly<Record<string, string>> = {
  unavailable: "The lobby is not responding. It is usually back in a moment.",
  "guests-disabled": "This server does not accept guests. Sign in on the site where you found this link.",
  "too-many-requests": "You sent too many requests. Wait a moment, then try again.",
  "unknown-pool": "This server does not offer that kind of match.",
  "other-pool": "You are already waiting for another kind of match.",
  unauthorized: "Your guest session has expired. Try again to start a new one.",
  "not-member": "Only its players can watch this replay, in the browser they played in.",
  "links-disabled": "This server does not make links to replays.",
  "unknown-room": "There is no replay of that match, or it is no longer available.",
};

/** Problems of calls for rooms that players make. */
const ROOM_PROBLEMS: Readonly<Record<Exclude<RoomProblem, "settings-invalid">, string>> = {
  "code-unknown": "No room has this code. Check it, or ask for a new link: a room closes when its last player has left.",
  "room-full": "That room is full. Ask its host for more seats, or make your own room.",
  "room-started": "The match in that room has started. When it is over, its players may gather again with the same code.",
  kicked: "The host of that room removed you. You can make your own room.",
  queued: "You are already waiting for a match, or you are in another room.",
  "not-host": "Only the host of the room can do that.",
  "group-too-large": "Your group is too large for a match with others.",
  "too-few": "The match needs more players.",
  "match-running": "The match is not over yet.",
  "unknown-room": "That room is closed. Make a new one, and invite your friends again.",
  "not-member": "You are no longer in that room.",
  "not-started": "The match has not started yet.",
  "no-match": "There is no match to watch now.",
};

const BLOCKED =
  "The page cannot connect to the game. A proxy, firewall, VPN or browser extension may block WebSockets. " +
  "Turn it off for this page, or try another network.";

const TOO_MANY =
  "This match cannot be watched now. Too many people may be watching it, or a proxy, firewall, VPN or browser extension blocks " +
  "WebSockets. Try again in a moment.";

const REASONS: Readonly<Record<string, string>> = {
  expired: "You were away too long and lost your place.",
  room_closed: "Your room closed because too few players came.",
  kicked: "You were removed from the room.",
  banned: "You are banned from this server.",
  settings_invalid: "The game did not accept the settings of the room. Make a room with other settings.",
  no_seat: "No room had a free seat for you. Try again.",
  match_unclaimed: "No game server was free for your match. Try again.",
  room_failed: "Your match ended because of an error on the server. It does not count. Try again.",
  not_connected: "You did not connect to your match in time, so your seat went to someone else.",
  forfeited: "You left the match.",
  broken: "The game on this page crashed. Reload the page, then rejoin your match.",
  unknown_game: "This page does not have the game of that match. Reload the page to get the newest version.",
  match_over: "That match is over.",
  unauthorized: "Your guest session has expired. Try again to start a new one.",
};

export const PLAYING = {
  title: "Your match is still running",
  text: "We keep your seat for a few minutes. Rejoin the match, or play another one as a different guest.",
  rejoin: "Rejoin match",
  canForfeit: true,
};
export const PLAYING_ELSEWHERE = {
  title: "Your match is open in another tab",
  text: "You can play it in only one tab. Play it here instead, or play another match as a different guest.",
  rejoin: "Play here",
  canForfeit: false,
};
export const WAITING = {
  title: "You are already waiting for a match",
  text: "You may be waiting in another tab. Wait here instead, or play as a different guest.",
  rejoin: "Wait here",
  canForfeit: false,
};
/** A note that another player has the requested colour; undefined if the player got it. */
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
  if (error instanceof ReplayError) return "This file is not a replay, or this page cannot play it.";
  if (error instanceof SocketBlockedError) return BLOCKED;
  // The detail names the setting and its range.
  if (error instanceof RoomError) return error.slug === "settings-invalid" ? error.message : ROOM_PROBLEMS[error.slug];
  if (error instanceof ConnectionError) return "The server cannot be reached. Check your connection, then try again.";
  if (!(error instanceof ProblemError)) return "Something went wrong on this page. Try again, or reload it.";
  // The detail has the operator's reason.
  if (error.slug === "banned" || error.slug === "pool-closed") return error.message;
  const known = PROBLEMS[error.slug];
  if (known) return known;
  if (error.status >= 500) return "The server has a problem. Try again in a moment.";
  return error.message;
}

/** Why a match cannot be watched. */
const WATCH_PROBLEMS: Readonly<Record<string, string>> = {
  "unknown-room": "This match is over, or this server does not let you watch it.",
  "not-started": "The match has not started yet. Try again in a moment.",
  "no-match": "There is no match to watch now. Try again in a moment.",
  "code-unknown": "No room has this code, or its match is over. Ask for a new link.",
  kicked: "The host of that room removed you. You cannot watch its match.",
};

/** Why no more of a watched match arrives. */
const WATCH_ENDS: Readonly<Record<string, string>> = {
  room_failed: "The match ended because of an error on the server.",
  broken: "This page cannot show the rest of the match. Reload the page.",
  unauthorized: "Your guest session has expired. Reload the page.",
};

/** Why a report was not accepted. */
const REPORT_PROBLEMS: Readonly<Record<string, string>> = {
  "not-member": "Only players of the match can report others.",
  "unknown-player": "This player is not in the match.",
  "unknown-room": "This match was too long ago to report a player of it.",
  "too-many-requests": "You sent too many reports. Try again in ten minutes.",
};

export function reportErrorInWords(error: unknown): string {
  return (error instanceof ProblemError && REPORT_PROBLEMS[error.slug]) || errorInWords(error);
}

export function watchErrorInWords(error: unknown): string {
  if (error instanceof ProblemError) return WATCH_PROBLEMS[error.slug] ?? errorInWords(error);
  if (error instanceof LeftError) return watchEndInWords(error.reason);
  if (error instanceof ReplayError) return "This page cannot show the match. Reload the page to get the newest version.";
  // The game server refuses watchers when there are too many, and the browser does not report the reason.
  if (error instanceof SocketBlockedError) return TOO_MANY;
  return errorInWords(error);
}

export function watchEndInWords(reason: string): string {
  return WATCH_ENDS[reason] ?? "The match is over, or you can no longer watch it.";
}

/** `Ann and Bob win.` */
export function winnersInWords(scores: readonly Score[]): string {
  const best = scores.filter(({ rank }) => rank === 1).map(({ name }) => name);
  return best.length === 0 ? "" : `${best.join(" and ")} ${best.length > 1 ? "win" : "wins"}.`;
}

/** `king_of_dots` as `King of dots`. */
export function titled(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
