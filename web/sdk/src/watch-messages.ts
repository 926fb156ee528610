// The messages of the lobby and of the game server to a watcher: types and parsers.
import { pathOf } from "./lobby-messages.js";
import { fields, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";

/** The address at which a match can be watched. Its ticket can be used once, within 30 s. */
export interface WatchAddress {
  readonly roomId: string;
  /** The WebSocket URL, without the ticket. */
  readonly url: string;
  /** The path on the server that the client connected to, preferred to `url`. */
  readonly path: string | undefined;
  readonly ticket: string;
  /** The delay of the watchers behind the players, ms. */
  readonly delayMs: number;
}

/** Reads the answer of `POST /lobby/rooms/<room>/watch` and `POST /lobby/rooms/watch`. */
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
  /** The offset in the file of the first byte that the server sends. */
  readonly from: number;
}

/** Reads a text message. Undefined: it is not `welcome`. @throws ShapeError if a field is missing or has the wrong type. */
export function watchWelcome(message: Fields): WatchWelcome | undefined {
  return message["type"] === "welcome" ? { from: num(message["from"]) } : undefined;
}
