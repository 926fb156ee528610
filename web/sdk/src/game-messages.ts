// What the game server says and hears over `skirmish.json.v1`, as types and their readers.
import { ShapeError, fields, flag, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";

export const GAME_SUBPROTOCOL = "skirmish.json.v1";

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
  readonly fire: boolean;
}

/** The place the match is played in; px, px/s. */
export interface ArenaInfo {
  readonly width: number;
  readonly height: number;
  readonly playerRadius: number;
  readonly projectileRadius: number;
  readonly projectileSpeed: number;
}

export interface Welcome {
  readonly playerId: string;
  readonly tick: number;
  readonly epoch: number;
  readonly ticksPerSecond: number;
  readonly snapshotsPerSecond: number;
  readonly arena: ArenaInfo;
  /** The tick at which the time runs out. */
  readonly endsAtTick: number | undefined;
  readonly players: readonly PlayerInfo[];
}

export interface SnapshotPlayer {
  readonly x: number;
  readonly y: number;
  readonly aim: number;
  readonly lives: number;
  readonly score: number;
  readonly alive: boolean;
  readonly online: boolean;
  readonly colors: readonly string[];
}

export interface SnapshotProjectile {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly playerId: string;
}

export interface Snapshot {
  /** 0 until the match begins. */
  readonly tick: number;
  readonly players: ReadonlyMap<string, SnapshotPlayer>;
  readonly projectiles: ReadonlyMap<string, SnapshotProjectile>;
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

/** The match ended: every player, best first. */
export interface Over {
  readonly scores: readonly Score[];
}

export type GameMessage =
  | { type: "welcome"; body: Welcome }
  | { type: "snapshot"; body: Snapshot }
  | { type: "event"; body: GameEvent }
  | { type: "moved"; body: { url: string; ticket: string; epoch: number } }
  | { type: "over"; body: Over }
  | { type: "error" }
  | { type: "none" };

/** Reads one message; a type this version does not know is `none`. Throws where the shape is wrong. */
export function gameMessage(message: Fields): GameMessage {
  switch (message["type"]) {
    case "welcome":
      return { type: "welcome", body: welcome(message) };
    case "snapshot":
      return { type: "snapshot", body: snapshot(message) };
    case "event":
      return { type: "event", body: gameEvent(message) };
    case "moved": {
      const body = { url: text(message["url"]), ticket: text(message["ticket"]), epoch: num(message["epoch"]) };
      return { type: "moved", body };
    }
    case "over":
      return { type: "over", body: { scores: list(message["scores"], score) } };
    case "error":
      return { type: "error" };
    default:
      return { type: "none" };
  }
}

function snapshot(message: Fields): Snapshot {
  const players = new Map<string, SnapshotPlayer>();
  for (const [id, value] of Object.entries(fields(message["players"]))) players.set(id, snapshotPlayer(fields(value)));
  const projectiles = new Map<string, SnapshotProjectile>();
  for (const item of list(message["projectiles"], fields)) {
    const id = projectileId(item["id"]);
    const [x, y, angle] = [num(item["x"]), num(item["y"]), num(item["angle"])];
    projectiles.set(id, { id, x, y, angle, playerId: text(item["playerUUID"]) });
  }
  return { tick: num(message["tick"]), players, projectiles };
}

function snapshotPlayer(player: Fields): SnapshotPlayer {
  return {
    x: num(player["x"]),
    y: num(player["y"]),
    aim: num(player["aim"]),
    lives: num(player["lives"]),
    score: num(player["score"]),
    alive: flag(player["alive"]),
    online: flag(player["online"]),
    colors: list(player["colors"], text),
  };
}

/** Ids only have to be stable and comparable, so a number and a text do. */
function projectileId(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") throw new ShapeError("expected an id");
  return String(value);
}

function gameEvent(message: Fields): GameEvent {
  return { ...message, event: text(message["event"]), tick: num(message["tick"]) };
}

function welcome(message: Fields): Welcome {
  const rates = fields(message["rates"]);
  const arena = fields(message["arena"]);
  const ticksPerSecond = num(rates["tick_hz"]);
  const matchSeconds = maybe(maybe(arena["settings"], fields)?.["match_seconds"], num);
  return {
    playerId: text(message["player_id"]),
    tick: num(message["tick"]),
    epoch: num(message["epoch"]),
    ticksPerSecond,
    snapshotsPerSecond: num(rates["snapshot_hz"]),
    arena: {
      width: num(arena["width"]),
      height: num(arena["height"]),
      playerRadius: num(arena["player_radius"]),
      projectileRadius: num(arena["projectile_radius"]),
      projectileSpeed: num(arena["projectile_speed"]),
    },
    endsAtTick: matchSeconds === undefined ? undefined : matchSeconds * ticksPerSecond,
    players: list(message["players"], playerInfo),
  };
}
