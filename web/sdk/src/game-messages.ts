// The text messages of `skirmish.v1`: types and parsers. The engine reads the binary frames.
import { camel } from "./description.js";
import { pathOf, webTransportAddress } from "./lobby-messages.js";
import type { GameAddress } from "./lobby-messages.js";
import { fields, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";

export const GAME_SUBPROTOCOL = "skirmish.v1";

/** Close codes of the game socket. After any other code, reconnect. */
export const CloseCode = {
  matchOver: 4000,
  superseded: 4001,
  left: 4002,
  moved: 4003,
  roomFailed: 4004,
} as const;

/** The pad: the input of the arena, and of each game that does not declare an input. */
export interface Input {
  /** The direction, x to the right and y down. Its length is ignored; [0, 0] stands still. */
  readonly move: readonly [dx: number, dy: number];
  /** Angle in radians: 0 points right, and angles grow clockwise on the screen. */
  readonly aim: number;
  /** The player fires while this is true. */
  readonly fire: boolean;
}

/** The server's first message. */
export interface Welcome {
  readonly playerId: string;
  readonly seat: number;
  readonly tick: number;
  readonly epoch: number;
  readonly ticksPerSecond: number;
  readonly snapshotsPerSecond: number;
  /** The game's name. */
  readonly game: string;
  /** The game's constants, in camel case. */
  readonly constants: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  /** The tick at which the time limit is reached. Undefined if the game has none. */
  readonly endsAtTick: number | undefined;
  /** The players, by seat. */
  readonly seats: readonly (PlayerInfo | undefined)[];
  /** The own first tick after joining the running match. Undefined for a player of the start. */
  readonly joinedAt: number | undefined;
}

/** A player who joined the running match. */
export interface JoinedSeat {
  readonly seat: number;
  readonly player: PlayerInfo;
}

/**
 * An event of the game, with the game's own fields. The arena's events are `hit` (player_id, by, projectile, x, y),
 * `kill` (player_id, by, lives, score), `spawn` (player_id, x, y) and `out` (player_id).
 */
export interface GameEvent {
  /** The kind of event, such as `kill`. */
  readonly event: string;
  /** The tick of the event. Show it when `view.tick` reaches this value. */
  readonly tick: number;
  readonly [field: string]: unknown;
}

/** A custom message of a player. */
export interface Said {
  /** The sender. The own player receives their own messages too. */
  readonly playerId: string;
  /** The argument of `emit`; null if it was omitted. */
  readonly payload: unknown;
}

/** The result of a custom message or a command: delivered or applied at a tick, or refused for a reason. */
export type Result = { readonly tick: number } | { readonly reason: string };

/** The end of a match. */
export interface Over {
  /** Every player's score, best first. */
  readonly scores: readonly Score[];
}

/** The address of a match, with a ticket. Only the lobby adds the region. */
export type Place = Omit<GameAddress, "relay" | "region"> & Partial<Pick<GameAddress, "region">>;

export type GameMessage =
  | { type: "welcome"; body: Welcome }
  | { type: "joined"; body: JoinedSeat }
  | { type: "message"; name: string; body: Said }
  | { type: "message_result" | "command_result"; id: number; body: Result }
  | { type: "moved"; body: Place }
  | { type: "over"; body: Over }
  | { type: "none" };

/** Parses a message. An unknown type becomes `none`. @throws ShapeError if a field is missing or has the wrong type. */
export function gameMessage(message: Fields): GameMessage {
  switch (message["type"]) {
    case "welcome":
      return { type: "welcome", body: welcome(message) };
    case "joined":
      return { type: "joined", body: { seat: num(message["seat"]), player: playerInfo(message) } };
    case "message": {
      const body = { playerId: text(message["from"]), payload: message["payload"] };
      return { type: "message", name: text(message["name"]), body };
    }
    case "message_result":
    case "command_result":
      return { type: message["type"], id: num(message["id"]), body: result(message) };
    case "moved": {
      const [url, path] = [text(message["url"]), pathOf(message)];
      const webtransport = maybe(message["webtransport"], webTransportAddress);
      return { type: "moved", body: { url, path, webtransport, ticket: text(message["ticket"]), epoch: num(message["epoch"]) } };
    }
    case "over":
      return { type: "over", body: { scores: list(message["scores"], score) } };
    default:
      return { type: "none" };
  }
}

function result(message: Fields): Result {
  if (message["status"] === "delivered" || message["status"] === "applied") return { tick: num(message["tick"]) };
  return { reason: maybe(message["reason"], text) ?? text(message["status"]) };
}

function welcome(message: Fields): Welcome {
  const rates = fields(message["rates"]);
  const { settings, ...constants } = fields(message["arena"]);
  const ticksPerSecond = num(rates["tick_hz"]);
  const chosen = numbers(maybe(settings, fields) ?? {}, (name) => name);
  const seats: (PlayerInfo | undefined)[] = [];
  for (const player of list(message["players"], fields)) seats[num(player["seat"])] = playerInfo(player);
  return {
    playerId: text(message["player_id"]),
    seat: num(message["seat"]),
    tick: num(message["tick"]),
    epoch: num(message["epoch"]),
    ticksPerSecond,
    snapshotsPerSecond: num(rates["snapshot_hz"]),
    game: text(message["game"]),
    constants: numbers(constants, camel),
    settings: chosen,
    endsAtTick: endsAtTick(chosen, ticksPerSecond),
    seats,
    joinedAt: maybe(message["joined_at"], num),
  };
}

/** The tick at which a game with these settings reaches its time limit. */
export function endsAtTick(settings: Readonly<Record<string, number>>, ticksPerSecond: number): number | undefined {
  const seconds = settings["match_seconds"];
  return seconds === undefined ? undefined : seconds * ticksPerSecond;
}

export function numbers(values: Fields, rename: (name: string) => string): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), num(value)]));
}
