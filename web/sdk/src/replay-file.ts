// A replay file: a line of JSON that says what was played by whom, and the records (docs/replay.md).
import { numbers } from "./game-messages.js";
import { playerInfo } from "./players.js";
import type { PlayerInfo } from "./players.js";
import { ShapeError, fields, list, num, parse, text } from "./shape.js";

const FORMAT = "skirmish.replay.v1";
/** No header of five players comes near it. */
const HEADER_MAX = 16_384;
const LINE_END = 10;

export interface ReplayFile {
  readonly pool: string;
  readonly roomId: string;
  readonly game: string;
  readonly seed: bigint;
  readonly settings: Readonly<Record<string, number>>;
  /** By seat. */
  readonly players: readonly PlayerInfo[];
  /** When the room was made, ms since 1970. */
  readonly createdMs: number;
  readonly records: Uint8Array;
}

/** Takes the file apart. Throws ShapeError where it is no replay. */
export function replayFile(bytes: Uint8Array): ReplayFile {
  const end = bytes.subarray(0, HEADER_MAX).indexOf(LINE_END);
  if (end < 0) throw new ShapeError("expected a line of JSON first");
  const header = parse(new TextDecoder().decode(bytes.subarray(0, end)));
  if (header["format"] !== FORMAT) throw new ShapeError(`expected the format ${FORMAT}`);
  return {
    pool: text(header["pool"]),
    roomId: text(header["room"]),
    game: text(header["game"]),
    seed: seed(text(header["seed"])),
    settings: numbers(fields(header["settings"]), (name) => name),
    players: list(header["players"], playerInfo),
    createdMs: num(header["created_ms"]),
    records: bytes.subarray(end + 1),
  };
}

function seed(decimal: string): bigint {
  if (!/^\d{1,20}$/.test(decimal)) throw new ShapeError("expected a decimal number as the seed");
  return BigInt(decimal);
}
