// The messages of the lobby socket and the answer of `GET /lobby/me`: types and parsers.
import type { ProblemError } from "./errors.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";
import { roomInfo } from "./room-info.js";
import type { RoomInfo } from "./room-info.js";
import { roomChanges } from "./room-watch.js";
import type { RoomChanges } from "./room-watch.js";
import { ShapeError, fields, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import type { Connection } from "./socket.js";
import type { WebTransportAddress } from "./webtransport.js";

/** The region in which a match runs. */
export interface GameRegion {
  /** The name of the region. */
  readonly name: string;
  /** The greatest latency to it that a player of the match has measured, ms. Undefined without measurements. */
  readonly worstMs: number | undefined;
}

/** The address of a match. Its ticket can be used once, within 30 s. */
export interface GameAddress {
  /** The WebSocket URL, without the ticket. */
  readonly url: string;
  /** The path on the server that the client connected to, preferred to `url`. Undefined if only `url` works. */
  readonly path: string | undefined;
  /** The address over WebTransport. Undefined if the game server has none. */
  readonly webtransport: WebTransportAddress | undefined;
  /** Opens the game socket, once. */
  readonly ticket: string;
  /** The game server's name. */
  readonly relay: string;
  /** Increases every time the match moves to another server. */
  readonly epoch: number;
  /** The region of the match. Undefined in a deployment without regions. */
  readonly region: GameRegion | undefined;
}

/** The player's place in the queue. */
export interface Queued {
  readonly pool: string;
  /** 1 is next. */
  readonly position: number;
}

/** The countdown of a waiting room. */
export interface Countdown {
  readonly roomId: string;
  /** The start of the match on the clock of `performance.now()`, in ms. Undefined if the countdown was cancelled. */
  readonly startsAt: number | undefined;
}

/** A match that started, or moved to another server. */
export interface MatchInfo {
  readonly roomId: string;
  readonly players: readonly PlayerInfo[];
  /** The address of the match. */
  readonly game: GameAddress;
  /** True if the match moved from another server. */
  readonly moved: boolean;
}

/** The player is back in the queue. */
export interface Requeued {
  readonly pool: string;
  /** Why, such as `room_closed`. */
  readonly reason: string;
}

/** The lobby removed the player from the queue, the room or the match. */
export interface Removed {
  /** Why, such as `no_seat`, `kicked` or `superseded`. */
  readonly reason: string;
  readonly roomId: string | undefined;
}

/** A match ended. */
export interface MatchOver {
  readonly roomId: string;
  /** Every player's score, best first. */
  readonly scores: readonly Score[];
}

/** The player's state, as returned by `GET /lobby/me`. */
export interface LobbyState {
  /** `seated`: in a waiting room. `playing`: in a match. */
  readonly status: "out" | "queued" | "seated" | "playing";
  /** Why the lobby removed the player. Undefined if they left, or are not out. */
  readonly reason: string | undefined;
  /** The position in the queue; 1 is next. */
  readonly position: number | undefined;
  /** The id of the waiting room or of the match. */
  readonly room: string | undefined;
  /** The address of the running match, with a new ticket. */
  readonly game: GameAddress | undefined;
}

/** The events of `lobby.on`, each with the value that its listener receives. */
export interface LobbyEvents {
  /** The player is in the queue, or their position in it changed. */
  readonly queued: Queued;
  /** The player has a seat in a waiting room, or the room changed: its players, or what its host chose. */
  readonly room: RoomInfo;
  /** The countdown to the match started, or was cancelled. */
  readonly countdown: Countdown;
  /** A match started, or moved to another server. `play` and `rejoin` connect to it without further calls. */
  readonly match: MatchInfo;
  /** The waiting room was closed; the player is back at the front of the queue. */
  readonly requeued: Requeued;
  /** The lobby removed the player from the queue, the room or the match; the player did not leave. */
  readonly removed: Removed;
  /** A match ended. */
  readonly over: MatchOver;
  /** The player's complete state, which the SDK requests after each new connection. */
  readonly state: LobbyState;
  /** The state of the connection to the lobby changed. */
  readonly connection: Connection;
  /** A guest has a new token, with another name or valid for longer: save it to return as the same player. */
  readonly token: string;
  /** The server no longer accepts the token, and no new one is available. The connection to the lobby is closed. */
  readonly unauthorized: ProblemError;
}

export type LobbyMessage =
  | { type: "queued"; seq: number; body: Queued }
  | { type: "room"; seq: number; body: RoomInfo }
  | { type: "countdown"; seq: number; body: Countdown }
  | { type: "match"; seq: number; body: MatchInfo }
  | { type: "requeued"; seq: number; body: Requeued }
  | { type: "removed"; seq: number; body: Removed }
  | { type: "over"; seq: number; body: MatchOver }
  | { type: "state"; body: LobbyState }
  | { type: "rooms"; body: RoomChanges }
  | { type: "none" };

export function gameAddress(value: unknown): GameAddress {
  const game = fields(value);
  return {
    url: text(game["url"]),
    path: pathOf(game),
    webtransport: maybe(game["webtransport"], webTransportAddress),
    ticket: text(game["ticket"]),
    relay: text(game["relay"]),
    epoch: num(game["epoch"]),
    region: maybe(game["region"], gameRegion),
  };
}

function gameRegion(value: unknown): GameRegion {
  const region = fields(value);
  return { name: text(region["name"]), worstMs: maybe(region["worst_ms"], num) };
}

export function webTransportAddress(value: unknown): WebTransportAddress {
  const address = fields(value);
  return { url: text(address["url"]), certificateSha256: text(address["certificate_sha256"]) };
}

/** The path of a game address, if it has one. */
export function pathOf(game: Fields): string | undefined {
  const path = maybe(game["path"], text);
  return path?.startsWith("/") ? path : undefined;
}

export function lobbyState(value: unknown): LobbyState {
  const state = fields(value);
  const status = text(state["status"]);
  if (status !== "out" && status !== "queued" && status !== "seated" && status !== "playing") {
    throw new ShapeError(`unknown status ${status}`);
  }
  return {
    status,
    reason: maybe(state["reason"], text),
    position: maybe(state["position"], num),
    room: maybe(state["room"], text),
    game: maybe(state["game"], gameAddress),
  };
}

/** Parses a message. An unknown type becomes `none`. @throws ShapeError if a field is missing or has the wrong type. */
export function lobbyMessage(message: Fields, now: number): LobbyMessage {
  const seq = () => num(message["seq"]);
  switch (message["type"]) {
    case "queued":
      return { type: "queued", seq: seq(), body: { pool: text(message["pool"]), position: num(message["position"]) } };
    case "room_joined":
    case "room_updated":
      return { type: "room", seq: seq(), body: roomInfo(message) };
    case "countdown": {
      const inMs = maybe(message["in_ms"], num);
      const startsAt = inMs === undefined ? undefined : now + inMs;
      return { type: "countdown", seq: seq(), body: { roomId: text(message["room_id"]), startsAt } };
    }
    case "match_started":
    case "match_moved":
      return { type: "match", seq: seq(), body: matchInfo(message) };
    case "requeued":
      return { type: "requeued", seq: seq(), body: { pool: text(message["pool"]), reason: text(message["reason"]) } };
    case "removed": {
      const body = { reason: text(message["reason"]), roomId: maybe(message["room_id"], text) };
      return { type: "removed", seq: seq(), body };
    }
    case "match_over": {
      const body = { roomId: text(message["room_id"]), scores: list(message["scores"], score) };
      return { type: "over", seq: seq(), body };
    }
    case "state":
      return { type: "state", body: lobbyState(message) };
    case "rooms":
      return { type: "rooms", body: roomChanges(message) };
    default:
      return { type: "none" };
  }
}

function matchInfo(message: Fields): MatchInfo {
  return {
    roomId: text(message["room_id"]),
    players: list(message["players"], playerInfo),
    game: gameAddress(message["game"]),
    moved: message["type"] === "match_moved",
  };
}
