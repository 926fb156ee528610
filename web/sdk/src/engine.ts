// The interface to the engine (web/wasm): netclient and one game as WebAssembly, one instance for each match.
import type { Description } from "./description.js";
import { compile, engineSource } from "./engine-source.js";
import type { EngineSource, EngineSources } from "./engine-source.js";
import type { Transport } from "./game-socket.js";

/** Statistics of the connection and the prediction, from the engine. Counts start when the client enters the match. */
export interface EngineStats {
  /** The round trip time, without the time that an input waits for its tick, ms. */
  readonly roundTripMs: number;
  /** The average delay of snapshots compared with the fastest one, ms. */
  readonly jitterMs: number;
  /** How many ticks before its use the newest input arrived, as last reported by the server. */
  readonly marginTicks: number;
  /** How far the own player is simulated ahead of the newest snapshot that could have arrived. */
  readonly runAheadTicks: number;
  /** How far behind the own player the other players are drawn. */
  readonly viewDelayTicks: number;
  /** The estimated age of the newest snapshot, ms. */
  readonly snapshotAgeMs: number;
  /** The interval between snapshots. */
  readonly intervalTicks: number;
  /** Snapshots received. */
  readonly snapshots: number;
  /** Snapshots that corrected the prediction of the own player. */
  readonly corrections: number;
  /** The total distance by which corrections moved the own player. */
  readonly correctionsPx: number;
  /** The largest correction. */
  readonly correctionPxMax: number;
  /** How often the other players were drawn beyond the newest snapshot. */
  readonly underruns: number;
  /** Bytes received in game frames, without protocol overhead. */
  readonly bytesIn: number;
  /** Bytes sent in game frames, without protocol overhead. */
  readonly bytesOut: number;
}

/** In the order of the engine. */
const STATS = [
  "roundTripMs",
  "jitterMs",
  "marginTicks",
  "runAheadTicks",
  "viewDelayTicks",
  "snapshotAgeMs",
  "intervalTicks",
  "snapshots",
  "corrections",
  "correctionsPx",
  "correctionPxMax",
  "underruns",
  "bytesIn",
  "bytesOut",
] as const satisfies readonly (keyof EngineStats)[];

/** The start of a match, from the message `welcome`. */
export interface Beginning {
  readonly game: string;
  readonly seat: number;
  readonly tick: number;
  /** The occupied seats, one bit for each. */
  readonly seats: bigint;
  readonly snapshotsPerSecond: number;
  readonly settings: Readonly<Record<string, number>>;
  /** Over `webtransport`, snapshots and inputs may be lost. */
  readonly transport: Transport;
}

const SETTINGS_MAX = 8;
const REFUSED = 0xffff_ffff;

interface Exports {
  readonly memory: WebAssembly.Memory;
  start(): void;
  bytes_of(length: number): number;
  bytes(): number;
  numbers(): number;
  error_text(): number;
  error_at(): number;
  describe_game(): number;
  begin(nowUs: number, seat: number, tick: number, seats: bigint, snapshotHz: number, overDatagrams: number): number;
  receive(nowUs: number): number;
  set_input(): void;
  transmit(nowUs: number): number;
  scene(nowUs: number): number;
  next_event(): number;
  stats(nowUs: number): number;
  determinism_check(seed: bigint, ticks: number): bigint;
  replay_open(seed: bigint, nameLength: number, rosterLength: number, isFiltered: number): number;
  replay_append(): number;
  replay_scene(tick: number): number;
  replay_event(): number;
  replay_result(): number;
  replay_joins(): number;
}

/** A match, from its replay file or its filtered recording. */
export interface Recorded {
  readonly game: string;
  /** Undefined: it is a filtered recording. */
  readonly seed: bigint | undefined;
  /** The players, from `rosterBytes`. */
  readonly roster: Uint8Array;
  readonly settings: Readonly<Record<string, number>>;
  readonly records: Uint8Array;
}

/** The engine rejected a call, or crashed (`broken`). */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** True if the engine has crashed: every further call fails too. */
  readonly broken: boolean;

  constructor(message: string, broken: boolean, cause?: unknown) {
    super(message, { cause });
    this.broken = broken;
  }
}

/** A description without the values of the constants and settings, which the engine returns as numbers. */
type Described = Omit<Description, "constants" | "defaults" | "ranges"> & { readonly constants: readonly string[] };

/** The game's rules and the netcode as WebAssembly. `Match` and `Replay` use it; most programs do not need it. */
export class Engine {
  readonly #wasm: Exports;
  #broken: EngineError | undefined;

  private constructor(wasm: Exports) {
    this.#wasm = wasm;
    wasm.start();
  }

  /** Creates an instance for one match or replay. @throws ConnectionError if the WebAssembly cannot be loaded. */
  static async of(source: EngineSource): Promise<Engine> {
    const instance = await WebAssembly.instantiate(await compile(source), {});
    return new Engine(instance.exports as unknown as Exports);
  }

  /** Like `of`, for a game: with its file from `sources`, by default that of this package. The file is loaded only once. */
  static async ofGame(game: string, sources?: EngineSources): Promise<Engine> {
    return Engine.of(engineSource(game, sources));
  }

  /** Returns the schema of the game. @throws EngineError if the WebAssembly is of another game, as for all calls that are rejected. */
  describe(game: string): Description {
    this.#put(encoder.encode(game));
    const length = this.#call(() => this.#wasm.describe_game());
    const described = JSON.parse(this.#text(this.#wasm.bytes(), length)) as Described;
    const { constants: names, settings } = described;
    const values = [...this.#numbers(names.length + 3 * settings.length)];
    const constants = Object.fromEntries(names.map((name, at) => [name, values[at] ?? 0]));
    const numbers = settings.map((_, at) => values.slice(names.length + 3 * at));
    const ranges = numbers.map(([, least = 0, greatest = 0]) => [least, greatest] as const);
    return { ...described, constants, defaults: numbers.map(([value = 0]) => value), ranges };
  }

  /** Starts a match, or restarts it: its state so far is discarded. Times are on the clock of `performance.now()`, ms. */
  begin(now: number, beginning: Beginning, known: readonly string[]): void {
    this.#put(settingsFirst(beginning.settings, known, encoder.encode(beginning.game)));
    const { seat, tick, seats, snapshotsPerSecond } = beginning;
    const overDatagrams = Number(beginning.transport === "webtransport");
    this.#call(() => this.#wasm.begin(us(now), seat, tick, BigInt.asIntN(64, seats), snapshotsPerSecond, overDatagrams));
  }

  /** Handles a binary frame from the server. */
  receive(now: number, frame: ArrayBuffer): void {
    this.#put(new Uint8Array(frame));
    this.#call(() => this.#wasm.receive(us(now)));
  }

  /**
   * Sets the player's input from now on: a number for each field, in the order of the description, and two for a direction.
   * Buttons and holds are 0 or 1, an axis is -1 to 1, a direction has any length, an angle is in radians. Missing numbers are 0.
   */
  setInput(numbers: readonly number[]): void {
    this.#put(new Uint8Array(Float64Array.from(numbers).buffer));
    this.#call(() => {
      this.#wasm.set_input();
      return 0;
    });
  }

  /** Returns the frame to send now, if there is one. */
  transmit(now: number): ArrayBuffer | undefined {
    const length = this.#call(() => this.#wasm.transmit(us(now)));
    if (length === 0) return undefined;
    return new Uint8Array(this.#wasm.memory.buffer, this.#wasm.bytes(), length).slice().buffer as ArrayBuffer;
  }

  /** Returns the numbers of the scene to draw now; the next call overwrites them. Empty before `begin`. */
  scene(now: number): Float64Array {
    return this.#numbers(this.#call(() => this.#wasm.scene(us(now))));
  }

  /** Removes and returns the oldest event: its tick, its kind, its arguments. */
  nextEvent(): readonly number[] | undefined {
    const count = this.#call(() => this.#wasm.next_event());
    return count === 0 ? undefined : [...this.#numbers(count)];
  }

  /** Returns the statistics of `match.stats()`, except the transport. */
  stats(now: number): EngineStats {
    const numbers = this.#numbers(this.#call(() => this.#wasm.stats(us(now))));
    const named = STATS.map((name, at) => [name, numbers[at] ?? 0]);
    return Object.fromEntries(named) as Record<keyof EngineStats, number>;
  }

  /** The determinism check: plays random inputs for `ticks` ticks, and returns a hash over all states. */
  determinismCheck(game: string, seed: bigint, ticks: number): bigint {
    this.#put(encoder.encode(game));
    return BigInt.asUintN(64, this.#call(() => this.#wasm.determinism_check(seed, ticks)));
  }

  /** Opens a replay and returns its last tick. A match and a replay may be open at once. */
  openReplay(recorded: Recorded, known: readonly string[]): number {
    const name = encoder.encode(recorded.game);
    const { roster } = recorded;
    this.#put(settingsFirst(recorded.settings, known, name, roster, recorded.records));
    const seed = BigInt.asIntN(64, recorded.seed ?? 0n);
    const isFiltered = Number(recorded.seed === undefined);
    return this.#call(() => this.#wasm.replay_open(seed, name.length, roster.length, isFiltered));
  }

  /** Appends the next records of a match that still runs, and returns the new last tick. */
  appendReplay(records: Uint8Array): number {
    this.#put(records);
    return this.#call(() => this.#wasm.replay_append());
  }

  /** Returns the numbers of the replay's scene at a tick, with a fraction; the next call overwrites them. */
  replayScene(tick: number): Float64Array {
    return this.#numbers(this.#call(() => this.#wasm.replay_scene(tick)));
  }

  /** Like `nextEvent`, for the ticks of the replay that were played in sequence. */
  nextReplayEvent(): readonly number[] | undefined {
    const count = this.#call(() => this.#wasm.replay_event());
    return count === 0 ? undefined : [...this.#numbers(count)];
  }

  /** Returns the hashes compared, those that differ and the first such tick; after the end, also rank and score by seat. */
  replayResult(): readonly number[] {
    return [...this.#numbers(this.#call(() => this.#wasm.replay_result()))];
  }

  /** Returns the players who joined the running match, at least those up to the newest tick that was played, as JSON. */
  replayJoins(): unknown {
    const length = this.#call(() => this.#wasm.replay_joins());
    return length === 0 ? [] : JSON.parse(this.#text(this.#wasm.bytes(), length));
  }

  #put(bytes: Uint8Array): void {
    const at = this.#call(() => this.#wasm.bytes_of(bytes.length));
    new Uint8Array(this.#wasm.memory.buffer, at, bytes.length).set(bytes);
  }

  #numbers(count: number): Float64Array {
    return new Float64Array(this.#wasm.memory.buffer, this.#wasm.numbers(), count);
  }

  #text(at: number, length: number): string {
    return decoder.decode(new Uint8Array(this.#wasm.memory.buffer, at, length));
  }

  #why(): string {
    return this.#text(this.#wasm.error_at(), this.#wasm.error_text());
  }

  #call<T extends number | bigint>(act: () => T): T {
    if (this.#broken) throw this.#broken;
    let result: T;
    try {
      result = act();
    } catch (error) {
      this.#broken = new EngineError(this.#why() || String(error), true, error);
      throw this.#broken;
    }
    // WebAssembly returns an unsigned 32-bit number as a signed one.
    if (typeof result === "bigint") return result;
    const unsigned = result >>> 0;
    if (unsigned === REFUSED) throw new EngineError(this.#why(), false);
    return unsigned as T;
  }
}

/** Concatenates the settings, in the engine's order, and the rest. */
function settingsFirst(settings: Recorded["settings"], known: readonly string[], ...rest: Uint8Array[]): Uint8Array {
  const length = rest.reduce((sum, part) => sum + part.length, 4 * SETTINGS_MAX);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  known.forEach((setting, at) => view.setInt32(4 * at, settings[setting] ?? 0, true));
  let at = 4 * SETTINGS_MAX;
  for (const part of rest) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function us(ms: number): number {
  return Math.max(0, Math.round(ms * 1000));
}
