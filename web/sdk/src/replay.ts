// A match that was played: any moment of it as the same view that a match has, drawn by the same code.
import { camel } from "./description.js";
import { Engine, EngineError } from "./engine.js";
import { packagedEngine } from "./engine-source.js";
import type { EngineSource } from "./engine-source.js";
import { ReplayError } from "./errors.js";
import { endsAtTick } from "./game-messages.js";
import type { GameEvent } from "./game-messages.js";
import type { PlayerInfo, Score } from "./players.js";
import { replayFile } from "./replay-file.js";
import type { ReplayFile } from "./replay-file.js";
import { Scenes } from "./scene.js";
import type { Setting } from "./scene.js";
import { ShapeError } from "./shape.js";
import { pause } from "./timing.js";
import type { Arena, GameShape, MatchView } from "./view.js";

const TICKS_PER_SECOND = 60;
/** Events come where the playhead moves on by no more than this at a time. */
const STRIDE_TICKS = 16;
/** Longer than this it does not play at once when it is opened: the page has to breathe. */
const SLICE_MS = 12;

/** How a replay is opened. */
export interface ReplayOptions {
  /** As for `connect`. */
  readonly wasm?: EngineSource;
  /** Gives up opening it. */
  readonly signal?: AbortSignal;
}

/** A finished match that can be watched: any moment of it. `G`: the game's numbers as types. */
export class Replay<G extends GameShape = Arena> {
  readonly roomId: string;
  /** The bytes that it was opened from, to be kept as a file. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** The game's name. */
  readonly game: string;
  /** By seat. */
  readonly players: readonly PlayerInfo[];
  /** When the room was made. */
  readonly createdAt: Date;
  /** The last tick. */
  readonly ticks: number;
  /** How many ticks a second of the match has. */
  readonly ticksPerSecond = TICKS_PER_SECOND;
  /** Everything that happened, in order. */
  readonly events: readonly GameEvent[];
  /** Best first; undefined where the file ends before the match does. */
  readonly result: readonly Score[] | undefined;
  /** How many states were compared with those that the game server had, and how many are others: none, unless the rules changed. */
  readonly verified: { readonly compared: number; readonly different: number };
  readonly #engine: Engine;
  readonly #scenes: Scenes<G>;
  readonly #setting: Omit<Setting, "seat">;
  #tick = 0;
  #seat = -1;

  private constructor(bytes: Uint8Array, file: ReplayFile, { engine, scenes, setting, ticks }: Opened<G>, played: Played) {
    this.roomId = file.roomId;
    this.file = bytes as Uint8Array<ArrayBuffer>;
    this.game = file.game;
    this.players = file.players;
    this.createdAt = new Date(file.createdMs);
    this.ticks = ticks;
    this.events = played.events;
    this.result = scores(played.result, file.players);
    const [compared = 0, different = 0] = played.result;
    this.verified = { compared, different };
    this.#engine = engine;
    this.#scenes = scenes;
    this.#setting = setting;
  }

  /**
   * Opens a replay file, as `GET /replays/<room>` gives it; plays it once, to know what happened.
   *
   * @throws ReplayError where it is none, or this version does not know its game.
   */
  static async open<G extends GameShape = Arena>(bytes: Uint8Array, options: ReplayOptions = {}): Promise<Replay<G>> {
    const engine = await Engine.of(options.wasm ?? packagedEngine());
    try {
      const file = replayFile(bytes);
      const opened = begin<G>(engine, file);
      return new Replay(bytes, file, opened, await play(opened, options.signal));
    } catch (error) {
      if (error instanceof ShapeError || error instanceof EngineError) throw new ReplayError(error);
      throw error;
    }
  }

  /** Where it stands; with a fraction. */
  get tick(): number {
    return this.#tick;
  }

  /** Whose own view it is, as in the match. Undefined: nobody's. */
  get playerId(): string | undefined {
    return this.players[this.#seat]?.playerId;
  }

  set playerId(playerId: string | undefined) {
    this.#seat = this.players.findIndex((player) => player.playerId === playerId);
  }

  /** Goes to a tick, back or onwards. */
  seek(tick: number): void {
    this.#tick = Number.isFinite(tick) ? Math.min(this.ticks, Math.max(0, tick)) : 0;
  }

  /** What to draw at a tick, where it stands now if none is said; it stands there then. */
  view(tick = this.#tick): MatchView<G> {
    this.seek(tick);
    const welcome = { ...this.#setting, seat: this.#seat };
    const view = this.#scenes.view(this.#engine.replayScene(this.#tick), { welcome, connection: "open" });
    if (!view) throw new ReplayError(new Error("nobody is in it"));
    return { ...view, running: true };
  }
}

interface Opened<G extends GameShape> {
  readonly engine: Engine;
  readonly scenes: Scenes<G>;
  readonly setting: Omit<Setting, "seat">;
  readonly ticks: number;
}

function begin<G extends GameShape>(engine: Engine, file: ReplayFile): Opened<G> {
  const description = engine.describe(file.game);
  const constants = Object.entries(description.constants).map(([name, value]) => [camel(name), value]);
  const defaults = description.settings.map((name, at) => [name, description.defaults[at] ?? 0]);
  const settings = { ...(Object.fromEntries(defaults) as Record<string, number>), ...file.settings };
  const setting = {
    seats: file.players,
    constants: Object.fromEntries(constants) as Record<string, number>,
    endsAtTick: endsAtTick(settings, TICKS_PER_SECOND),
    ticksPerSecond: TICKS_PER_SECOND,
  };
  const ticks = engine.openReplay({ ...file, settings, players: file.players.length }, description.settings);
  return { engine, scenes: new Scenes(description), setting, ticks };
}

interface Played {
  readonly events: readonly GameEvent[];
  readonly result: readonly number[];
}

/** Plays all of it, a slice at a time. */
async function play<G extends GameShape>({ engine, scenes, setting, ticks }: Opened<G>, signal?: AbortSignal): Promise<Played> {
  const events: GameEvent[] = [];
  let begunAt = performance.now();
  for (let tick = 0; ; tick = Math.min(ticks, tick + STRIDE_TICKS)) {
    engine.replayScene(tick);
    for (let numbers = engine.nextReplayEvent(); numbers; numbers = engine.nextReplayEvent()) {
      const event = scenes.event(numbers, { ...setting, seat: -1 });
      if (event) events.push(event);
    }
    if (tick === ticks) break;
    if (performance.now() - begunAt < SLICE_MS) continue;
    await pause(0, signal);
    begunAt = performance.now();
  }
  signal?.throwIfAborted();
  return { events, result: engine.replayResult() };
}

/** Behind the three numbers of the hashes: rank and score of each seat. */
function scores([, , , ...places]: readonly number[], players: readonly PlayerInfo[]): Score[] | undefined {
  if (places.length === 0) return undefined;
  const all = players.map(({ playerId, name }, seat) => ({
    playerId,
    name,
    rank: places[2 * seat] ?? 0,
    score: places[2 * seat + 1] ?? 0,
  }));
  return all.filter((score) => score.rank > 0).sort((a, b) => a.rank - b.rank);
}
