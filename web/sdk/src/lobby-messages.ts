// What the lobby says, on its socket and in `GET /lobby/me`, as types and their readers.
import type { ProblemError } from "./errors.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";
import { ShapeError, fields, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import type { Connection } from "./socket.js";

/** Where a match is played. The ticket is for one use, within 30 s. */
export interface GameAddress {
  /** The WebSocket's address, without the ticket. */
  readonly url: string;
  /** Its path at the server that the client connected to, which comes first; undefined where it has an address of its own only. */
  readonly path: string | undefined;
  /** Good once. */
  readonly ticket: string;
  /** The game server's name. */
  readonly relay: string;
  /** Which server's turn it is: it grows with every move. */
  readonly epoch: number;
}

/** The player waits for a seat. */
export interface Queued {
  readonly pool: string;
  /** 1 is next. */
  readonly position: number;
}

/** The waiting room. */
export interface RoomInfo {
  readonly pool: string;
  readonly roomId: string;
  readonly players: readonly PlayerInfo[];
  /** A match needs this many… */
  readonly seatsMin: number;
  /** …and takes this many. */
  readonly seatsMax: number;
}

/** When the match of a waiting room starts. */
export interface Countdown {
  readonly roomId: string;
  /** When the match starts, on the clock of `performance.now()`; undefined: the countdown was cleared. */
  readonly startsAt: number | undefined;
}

/** A match began, or moved to another server. */
export interface MatchInfo {
  readonly roomId: string;
  readonly players: readonly PlayerInfo[];
  /** Where it is played. */
  readonly game: GameAddress;
  /** Whether it ran elsewhere before. */
  readonly moved: boolean;
}

/** The player is back in the queue, and why. */
export interface Requeued {
  readonly pool: string;
  /** Such as `room_closed`. */
  readonly reason: string;
}

/** The lobby removed the player from the queue, the room or the match. */
export interface Removed {
  /** Such as `no_seat` or `superseded`. */
  readonly reason: string;
  readonly roomId: string | undefined;
}

/** A match ended. */
export interface MatchOver {
  readonly roomId: string;
  /** Every player's score, best first. */
  readonly scores: readonly Score[];
}

/** The player's true state, as `GET /lobby/me` tells it. */
export interface LobbyState {
  /** `seated`: in a waiting room. `playing`: in a match. */
  readonly status: "out" | "queued" | "seated" | "playing";
  /** Why the player is out, where they did not ask for it. */
  readonly reason: string | undefined;
  /** In the queue; 1 is next. */
  readonly position: number | undefined;
  /** The waiting room, or the match's. */
  readonly room: string | undefined;
  /** Where to play, with a fresh ticket. */
  readonly game: GameAddress | undefined;
}

/** The events of `lobby.on`, each with the value that its listener receives. */
export interface LobbyEvents {
  /** The player is in the queue, or their position in it changed. */
  readonly queued: Queued;
  /** The player has a seat in a waiting room, or the players seated there changed. */
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
  /** The player's whole state, which the SDK requests after each new connection. */
  readonly state: LobbyState;
  /** The state of the connection to the lobby changed. */
  readonly connection: Connection;
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
  | { type: "none" };

export function gameAddress(value: unknown): GameAddress {
  const game = fields(value);
  const path = pathOf(game);
  return { url: text(game["url"]), path, ticket: text(game["ticket"]), relay: text(game["relay"]), epoch: num(game["epoch"]) };
}

/** The path of a game's address, where it has one. */
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

/** Reads one message; a type this version does not know is `none`. Throws where the shape is wrong. */
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
    default:
      return { type: "none" };
  }
}

function roomInfo(message: Fields): RoomInfo {
  const room = fields(message["room"]);
  return {
    pool: text(message["pool"]),
    roomId: text(room["room_id"]),
    players: list(room["players"], playerInfo),
    seatsMin: num(room["seats_min"]),
    seatsMax: num(room["seats_max"]),
  };
}

function matchInfo(message: Fields): MatchInfo {
  return {
    roomId: text(message["room_id"]),
    players: list(message["players"], playerInfo),
    game: gameAddress(message["game"]),
    moved: message["type"] === "match_moved",
  };
}
