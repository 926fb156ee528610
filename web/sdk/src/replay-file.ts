// The format of a replay or a filtered recording: a header line of JSON, and the records or entries (docs/replay.md).
import { numbers } from "./game-messages.js";
import { replayPlayer } from "./roster.js";
import type { ReplayPlayer } from "./roster.js";
import { ShapeError, fields, list, num, parse, text } from "./shape.js";

const FORMAT = "skirmish.replay.v1";
/** Of a filtered recording: it has no seed, and entries instead of records. */
const FILTERED_FORMAT = "skirmish.snapshots.v1";
/** The maximum length of the header; 64 players need less. */
const HEADER_MAX = 262_144;
const LINE_END = 10;

/** The content of a replay file, or of the filtered recording of a game that hides something. */
export interface ReplayFile {
  readonly pool: string;
  readonly roomId: string;
  readonly game: string;
  /** Undefined: it is a filtered recording. */
  readonly seed: bigint | undefined;
  readonly settings: Readonly<Record<string, number>>;
  /** The players, by seat. */
  readonly players: readonly ReplayPlayer[];
  /** When the room was created, ms since 1970. */
  readonly createdMs: number;
  readonly records: Uint8Array;
}

/** Parses a replay file. @throws ShapeError if it is not a replay. */
export function replayFile(bytes: Uint8Array): ReplayFile {
  const end = bytes.subarray(0, HEADER_MAX).indexOf(LINE_END);
  if (end < 0) throw new ShapeError("expected a line of JSON first");
  const header = parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const isFiltered = header["format"] === FILTERED_FORMAT;
  if (!isFiltered && header["format"] !== FORMAT) throw new ShapeError(`expected the format ${FORMAT} or ${FILTERED_FORMAT}`);
  return {
    pool: text(header["pool"]),
    roomId: text(header["room"]),
    game: text(header["game"]),
    seed: isFiltered ? undefined : seed(text(header["seed"])),
    settings: numbers(fields(header["settings"]), (name) => name),
    players: list(header["players"], replayPlayer),
    createdMs: num(header["created_ms"]),
    records: bytes.subarray(end + 1),
  };
}

function seed(decimal: string): bigint {
  if (!/^\d{1,20}$/.test(decimal)) throw new ShapeError("expected a decimal number as the seed");
  return BigInt(decimal);
}
