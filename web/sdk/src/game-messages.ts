// What the game server says and hears in text over `skirmish.v1`, as types and their readers. What is frequent, the engine reads.
import { camel } from "./description.js";
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

/** The longest name of a game's own message, characters; and the longest payload, bytes of JSON. */
export const MESSAGE_NAME_MAX = 32;
export const MESSAGE_PAYLOAD_MAX = 512;

/** What a player does now. */
export interface Input {
  /** A direction, x right and y down; its length does not matter, [0, 0] stands still. */
  readonly move: readonly [dx: number, dy: number];
  /** Radians, 0 to the right, growing clockwise on the screen. */
  readonly aim: number;
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
  readonly event: string;
  readonly tick: number;
  readonly [field: string]: unknown;
}

/** A player's message of the game's own. */
export interface Said {
  /** Who said it; the own player hears himself, too. */
  readonly playerId: string;
  readonly payload: unknown;
}

/** The match ended: every player, best first. */
export interface Over {
  readonly scores: readonly Score[];
}

export type GameMessage =
  | { type: "welcome"; body: Welcome }
  | { type: "message"; name: string; body: Said }
  | { type: "moved"; body: { url: string; ticket: string; epoch: number } }
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
    case "moved": {
      const body = { url: text(message["url"]), ticket: text(message["ticket"]), epoch: num(message["epoch"]) };
      return { type: "moved", body };
    }
    case "over":
      return { type: "over", body: { scores: list(message["scores"], score) } };
    default:
      return { type: "none" };
  }
}

/** A message of the game's own, as it is sent. @throws RangeError where the server would refuse it. */
export function ownMessage(name: string, payload: unknown): string {
  const length = [...name].length;
  if (length === 0 || length > MESSAGE_NAME_MAX) throw new RangeError(`a name has 1 to ${MESSAGE_NAME_MAX} characters`);
  const json = JSON.stringify(payload ?? null);
  if (new TextEncoder().encode(json).length > MESSAGE_PAYLOAD_MAX) {
    throw new RangeError(`a payload has at most ${MESSAGE_PAYLOAD_MAX} bytes of JSON`);
  }
  return `{"type":"message","name":${JSON.stringify(name)},"payload":${json}}`;
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
