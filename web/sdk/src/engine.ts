// The engine: netclient and the games as WebAssembly, one instance for each match. The other side of web/wasm.
import type { Description } from "./description.js";
import { compile } from "./engine-source.js";
import type { EngineSource } from "./engine-source.js";

/** How the match reaches this client, and how often it was wrong about it. Counts are since the match was entered. */
export interface MatchStats {
  /** There and back, without what an input waits for its tick. */
  readonly roundTripMs: number;
  /** How late snapshots are on average, behind the quickest. */
  readonly jitterMs: number;
  /** How many ticks before its use the newest input came, as the server said last. */
  readonly marginTicks: number;
  /** How far the own player acts ahead of the newest snapshot that could be here. */
  readonly runAheadTicks: number;
  /** How far behind the own player the others are drawn. */
  readonly viewDelayTicks: number;
  /** How old the newest snapshot is; estimated. */
  readonly snapshotAgeMs: number;
  /** From one snapshot to the next. */
  readonly intervalTicks: number;
  /** How many came. */
  readonly snapshots: number;
  /** Snapshots that changed what the own player had been predicted to do. */
  readonly corrections: number;
  /** How far these moved the own player, together. */
  readonly correctionsPx: number;
  /** The farthest that one of them did. */
  readonly correctionPxMax: number;
  /** Times at which the others were drawn beyond the newest snapshot. */
  readonly underruns: number;
  /** Received in the match's frames, without the layers below. */
  readonly bytesIn: number;
  /** Sent, likewise. */
  readonly bytesOut: number;
}

/** In the order in which the engine gives them. */
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
] as const satisfies readonly (keyof MatchStats)[];

/** What a match begins with. */
export interface Beginning {
  readonly game: string;
  readonly seat: number;
  readonly tick: number;
  /** Who plays, a bit for each seat. */
  readonly seats: number;
  readonly snapshotsPerSecond: number;
  readonly settings: Readonly<Record<string, number>>;
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
  begin(nowUs: number, seat: number, tick: number, seats: number, snapshotHz: number): number;
  receive(nowUs: number): number;
  set_input(dx: number, dy: number, aim: number, fire: number): void;
  transmit(nowUs: number): number;
  scene(nowUs: number): number;
  next_event(): number;
  stats(nowUs: number): number;
  prove(seed: bigint, ticks: number): bigint;
  replay_open(seed: bigint, players: number, nameLength: number): number;
  replay_scene(tick: number): number;
  replay_event(): number;
  replay_result(): number;
}

/** A match that was played, as its file tells it. */
export interface Recorded {
  readonly game: string;
  readonly seed: bigint;
  readonly players: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly records: Uint8Array;
}

/** The engine refused a call, or broke: then every further call fails, too. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** Whether every further call fails, too. */
  readonly broken: boolean;

  constructor(message: string, broken: boolean, cause?: unknown) {
    super(message, { cause });
    this.broken = broken;
  }
}

/** A description as it comes: the values of the constants, and the defaults of the settings, are told as numbers. */
type Described = Omit<Description, "constants" | "defaults"> & { readonly constants: readonly string[] };

/** The game's rules and the netcode as WebAssembly, as the SDK calls them. A page does not need it: it has `Match`. */
export class Engine {
  readonly #wasm: Exports;
  #broken: EngineError | undefined;

  private constructor(wasm: Exports) {
    this.#wasm = wasm;
    wasm.start();
  }

  /** An instance of its own, for one match or replay. */
  static async of(source: EngineSource): Promise<Engine> {
    const instance = await WebAssembly.instantiate(await compile(source), {});
    return new Engine(instance.exports as unknown as Exports);
  }

  /** What the game's numbers mean. */
  describe(game: string): Description {
    this.#put(encoder.encode(game));
    const length = this.#call(() => this.#wasm.describe_game());
    const described = JSON.parse(this.#text(this.#wasm.bytes(), length)) as Described;
    const { constants: names, settings } = described;
    const values = [...this.#numbers(names.length + settings.length)];
    const constants = Object.fromEntries(names.map((name, at) => [name, values[at] ?? 0]));
    return { ...described, constants, defaults: values.slice(names.length) };
  }

  /** Begins a match, or begins it anew: everything known of it is void then. */
  begin(now: number, beginning: Beginning, known: readonly string[]): void {
    this.#put(settingsFirst(beginning.settings, known, encoder.encode(beginning.game)));
    const { seat, tick, seats, snapshotsPerSecond } = beginning;
    this.#call(() => this.#wasm.begin(us(now), seat, tick, seats, snapshotsPerSecond));
  }

  /** A binary frame came. */
  receive(now: number, frame: ArrayBuffer): void {
    this.#put(new Uint8Array(frame));
    this.#call(() => this.#wasm.receive(us(now)));
  }

  /** What the player does from now on. */
  setInput(dx: number, dy: number, aim: number, fire: boolean): void {
    this.#call(() => {
      this.#wasm.set_input(dx, dy, aim, Number(fire));
      return 0;
    });
  }

  /** The frame to be sent now, if there is one. */
  transmit(now: number): ArrayBuffer | undefined {
    const length = this.#call(() => this.#wasm.transmit(us(now)));
    if (length === 0) return undefined;
    return new Uint8Array(this.#wasm.memory.buffer, this.#wasm.bytes(), length).slice().buffer as ArrayBuffer;
  }

  /** What to draw now, in numbers that the next call overwrites; none before a match was begun. */
  scene(now: number): Float64Array {
    return this.#numbers(this.#call(() => this.#wasm.scene(us(now))));
  }

  /** The oldest event that was not taken yet: its tick, its kind, its arguments. */
  nextEvent(): readonly number[] | undefined {
    const count = this.#call(() => this.#wasm.next_event());
    return count === 0 ? undefined : [...this.#numbers(count)];
  }

  /** What `match.stats()` gives. */
  stats(now: number): MatchStats {
    const numbers = this.#numbers(this.#call(() => this.#wasm.stats(us(now))));
    const named = STATS.map((name, at) => [name, numbers[at] ?? 0]);
    return Object.fromEntries(named) as Record<keyof MatchStats, number>;
  }

  /** Plays a game at random for so many ticks: the hash of every state it was in, alike on every machine. */
  prove(game: string, seed: bigint, ticks: number): bigint {
    this.#put(encoder.encode(game));
    return BigInt.asUintN(64, this.#call(() => this.#wasm.prove(seed, ticks)));
  }

  /** Opens a replay, beside what is played; its last tick. */
  openReplay(recorded: Recorded, known: readonly string[]): number {
    const name = encoder.encode(recorded.game);
    this.#put(settingsFirst(recorded.settings, known, name, recorded.records));
    const seed = BigInt.asIntN(64, recorded.seed);
    return this.#call(() => this.#wasm.replay_open(seed, recorded.players, name.length));
  }

  /** What to draw of the replay at this tick and fraction, in numbers that the next call overwrites. */
  replayScene(tick: number): Float64Array {
    return this.#numbers(this.#call(() => this.#wasm.replay_scene(tick)));
  }

  /** As `nextEvent`, of the replay's ticks that were passed one after the other. */
  nextReplayEvent(): readonly number[] | undefined {
    const count = this.#call(() => this.#wasm.replay_event());
    return count === 0 ? undefined : [...this.#numbers(count)];
  }

  /** Hashes compared, different, the first such tick; then rank and score by seat, once the match is over here. */
  replayResult(): readonly number[] {
    return [...this.#numbers(this.#call(() => this.#wasm.replay_result()))];
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
    // An unsigned 32-bit number comes out of WebAssembly as a signed one.
    if (typeof result === "bigint") return result;
    const unsigned = result >>> 0;
    if (unsigned === REFUSED) throw new EngineError(this.#why(), false);
    return unsigned as T;
  }
}

/** The settings in the engine's order, then the rest. */
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
