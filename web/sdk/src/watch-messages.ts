// What the lobby and the game server say to somebody who watches a match: types and parsers.
import { pathOf } from "./lobby-messages.js";
import { fields, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";

/** Where a match can be watched. Its ticket can be used once, within 30 s. */
export interface WatchAddress {
  readonly roomId: string;
  /** The WebSocket URL, without the ticket. */
  readonly url: string;
  /** The path on the server that the client connected to, preferred to `url`. */
  readonly path: string | undefined;
  readonly ticket: string;
  /** How much later than its players the watchers see the match, ms. */
  readonly delayMs: number;
}

/** Reads the answer of `POST /lobby/rooms/<room>/watch`. */
export function watchAddress(value: unknown): WatchAddress {
  const address = fields(value);
  return {
    roomId: text(address["room"]),
    url: text(address["url"]),
    path: pathOf(address),
    ticket: text(address["ticket"]),
    delayMs: maybe(address["delay_ms"], num) ?? 0,
  };
}

/** The server's first message to a watcher. */
export interface WatchWelcome {
  /** The first byte of the file that the server sends. */
  readonly from: number;
}

/** Reads a text message. Undefined: it is not `welcome`. @throws ShapeError if a field is missing or has the wrong type. */
export function watchWelcome(message: Fields): WatchWelcome | undefined {
  return message["type"] === "welcome" ? { from: num(message["from"]) } : undefined;
}
