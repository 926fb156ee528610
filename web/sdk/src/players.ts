// Players and scores, as the lobby and the game server both tell them.
import { fields, list, num, text } from "./shape.js";

/** A player as the others see them. */
export interface PlayerInfo {
  /** The same in every match. */
  readonly playerId: string;
  readonly name: string;
  /** `#rrggbb`; the first one is the one to draw. */
  readonly colors: readonly string[];
}

/** What a player reached in a match, or in a pool. */
export interface Score {
  /** Whose it is. */
  readonly playerId: string;
  readonly name: string;
  /** Points, as the game counts them. */
  readonly score: number;
  /** 1 is best. */
  readonly rank: number;
}

export function playerInfo(value: unknown): PlayerInfo {
  const player = fields(value);
  return {
    playerId: text(player["player_id"]),
    name: text(player["name"]),
    colors: list(player["colors"], text),
  };
}

export function score(value: unknown): Score {
  const entry = fields(value);
  return {
    playerId: text(entry["player_id"]),
    name: text(entry["name"]),
    score: num(entry["score"]),
    rank: num(entry["rank"]),
  };
}
