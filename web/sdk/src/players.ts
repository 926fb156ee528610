// Players and scores, as the lobby and the game server both tell them.
import { fields, list, num, text } from "./shape.js";

/** A player as the others see him. */
export interface PlayerInfo {
  readonly playerId: string;
  readonly name: string;
  /** `#rrggbb`; the first one is the one to draw. */
  readonly colors: readonly string[];
}

export interface Score {
  readonly playerId: string;
  readonly name: string;
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
