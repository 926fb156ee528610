// Players and scores, as in the messages of the lobby and of the game server.
import { fields, list, num, numbers, text } from "./shape.js";

/** A player's public data. */
export interface PlayerInfo {
  /** The player's id, the same in every match. */
  readonly playerId: string;
  readonly name: string;
  /** Colours as `#rrggbb`. Draw the player in the first one. */
  readonly colors: readonly string[];
  /** The player's team in a match, from 0. Undefined: the pool has no teams, or the match has not started. */
  readonly team?: number | undefined;
  /** True for a bot. Undefined for a person. */
  readonly bot?: boolean;
}

/** A player's score in a match or in a pool. */
export interface Score {
  /** The player. */
  readonly playerId: string;
  readonly name: string;
  /** The game's points. */
  readonly score: number;
  /** 1 is best. */
  readonly rank: number;
  /** The game's stats of one match, by name: `{ laps: 3 }`. Undefined for a game without stats, and for a pool. */
  readonly stats?: Readonly<Record<string, number>>;
}

export function playerInfo(value: unknown): PlayerInfo {
  const player = fields(value);
  return {
    playerId: text(player["player_id"]),
    name: text(player["name"]),
    colors: list(player["colors"], text),
    ...(player["team"] === undefined ? {} : { team: num(player["team"]) }),
    ...(player["bot"] === true ? { bot: true } : {}),
  };
}

export function score(value: unknown): Score {
  const entry = fields(value);
  return {
    playerId: text(entry["player_id"]),
    name: text(entry["name"]),
    score: num(entry["score"]),
    rank: num(entry["rank"]),
    ...(entry["stats"] === undefined ? {} : { stats: numbers(entry["stats"]) }),
  };
}
