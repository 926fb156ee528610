// The players of a replay, and their bytes for the engine (`Roster` in crates/game/src/roster.rs).
import { playerInfo } from "./players.js";
import type { PlayerInfo } from "./players.js";
import { ShapeError, fields, flag, num, text } from "./shape.js";

/** The maximum length of the text for the game in a token, bytes. */
const GAME_BYTES_MAX = 256;

/** A player of a replay. */
export interface ReplayPlayer extends PlayerInfo {
  /** The player's team, from 0. Undefined: the pool has no teams. */
  readonly team: number | undefined;
  /** Whether the player is a bot. */
  readonly bot: boolean;
  /** The text for the game in the player's token; empty if there was none. */
  readonly game: string;
}

export function replayPlayer(value: unknown): ReplayPlayer {
  const { team, bot = false, game = "" } = fields(value);
  const player = {
    ...playerInfo(value),
    team: team === undefined ? undefined : num(team),
    bot: flag(bot),
    game: text(game),
  };
  if (encoder.encode(player.game).length > GAME_BYTES_MAX) throw new ShapeError("expected a game text of at most 256 bytes");
  return player;
}

/** The bytes of the players, by seat. */
export function rosterBytes(players: readonly ReplayPlayer[]): Uint8Array {
  const bytes = [players.length];
  players.forEach(({ playerId, name, team, bot, game }, seat) => {
    bytes.push(seat, ...textBytes(playerId), ...textBytes(name));
    bytes.push(...(team === undefined ? [0] : [1, team]), Number(bot), ...textBytes(game));
  });
  return Uint8Array.from(bytes);
}

/** The length in two bytes, and UTF-8. */
function textBytes(value: string): number[] {
  const bytes = encoder.encode(value);
  return [bytes.length & 0xff, bytes.length >> 8, ...bytes];
}

const encoder = new TextEncoder();
