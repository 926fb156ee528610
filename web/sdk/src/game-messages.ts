// What the game server says and hears in text over `skirmish.v1`, as types and their readers. What is frequent, the engine reads.
import { camel } from "./description.js";
import { pathOf } from "./lobby-messages.js";
import { fields, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";

export const GAME_SUBPROTOCOL = "skirmish.v1";

/** Why the game server closed the connection. Any other code: reconnect. */
export const CloseCode = {
  matchOver: 4000,
  superseded: 4001,
  left: 4002,
  moved: 4003,
  roomFailed: 4004,
} as const;

/** What a player does now. */
export interface Input {
  /** A direction, x right and y down; its length does not matter, [0, 0] stands still. */
  readonly move: readonly [dx: number, dy: number];
  /** Radians, 0 to the right, growing clockwise on the screen. */
  readonly aim: number;
  /** Whether the player fires, for as long as it is true. */
  readonly fire: boolean;
}

export interface Welcome {
  readonly playerId: string;
  readonly seat: number;
  readonly tick: number;
  readonly epoch: number;
  readonly ticksPerSecond: number;
  readonly snapshotsPerSecond: number;
  /** The game's name. */
  readonly game: string;
  /** What the game never changes, in camel case. */
  readonly constants: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  /** The tick at which the time runs out. */
  readonly endsAtTick: number | undefined;
  /** Who plays; the index is the seat. */
  readonly seats: readonly (PlayerInfo | undefined)[];
}

/**
 * Something that happened in the game, with the game's own fields. The arena's are `hit` (player_id, by, projectile, x, y),
 * `kill` (player_id, by, lives, score), `spawn` (player_id, x, y) and `out` (player_id).
 */
export interface GameEvent {
  /** What happened, such as `kill`. */
  readonly event: string;
  /** When: `view.tick` of the moment in which it is drawn. */
  readonly tick: number;
  readonly [field: string]: unknown;
}

/** A player's message of the game's own. */
export interface Said {
  /** Who said it: also the own player, whose messages come back. */
  readonly playerId: string;
  /** What was given to `emit`; null where that was nothing. */
  readonly payload: unknown;
}

/** What became of a message of this client: delivered at a tick, or refused for a reason. */
export type Result = { readonly tick: number } | { readonly reason: string };

/** The match ended: every player, best first. */
export interface Over {
  /** Best first. */
  readonly scores: readonly Score[];
}

export type GameMessage =
  | { type: "welcome"; body: Welcome }
  | { type: "message"; name: string; body: Said }
  | { type: "result"; id: number; body: Result }
  | { type: "moved"; body: { url: string; path: string | undefined; ticket: string; epoch: number } }
  | { type: "over"; body: Over }
  | { type: "none" };

/** Reads one message; a type this version does not know is `none`. Throws where the shape is wrong. */
export function gameMessage(message: Fields): GameMessage {
  switch (message["type"]) {
    case "welcome":
      return { type: "welcome", body: welcome(message) };
    case "message": {
      const body = { playerId: text(message["from"]), payload: message["payload"] };
      return { type: "message", name: text(message["name"]), body };
    }
    case "message_result":
      return { type: "result", id: num(message["id"]), body: result(message) };
    case "moved": {
      const [url, path] = [text(message["url"]), pathOf(message)];
      return { type: "moved", body: { url, path, ticket: text(message["ticket"]), epoch: num(message["epoch"]) } };
    }
    case "over":
      return { type: "over", body: { scores: list(message["scores"], score) } };
    default:
      return { type: "none" };
  }
}

function result(message: Fields): Result {
  if (message["status"] === "delivered") return { tick: num(message["tick"]) };
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
  };
}

/** The tick at which the time of a game with these settings runs out. */
export function endsAtTick(settings: Readonly<Record<string, number>>, ticksPerSecond: number): number | undefined {
  const seconds = settings["match_seconds"];
  return seconds === undefined ? undefined : seconds * ticksPerSecond;
}

export function numbers(values: Fields, rename: (name: string) => string): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [rename(name), num(value)]));
}
