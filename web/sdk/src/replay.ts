// Playback of a finished match: any tick as the same view that a match has.
import { camel } from "./description.js";
import { Engine, EngineError } from "./engine.js";
import type { EngineSources } from "./engine-source.js";
import { ReplayError, UnknownGameError } from "./errors.js";
import { endsAtTick } from "./game-messages.js";
import type { GameEvent } from "./game-messages.js";
import type { PlayerInfo, Score } from "./players.js";
import { replayFile } from "./replay-file.js";
import type { ReplayFile } from "./replay-file.js";
import { replayPlayer, rosterBytes } from "./roster.js";
import type { ReplayPlayer } from "./roster.js";
import { Scenes } from "./scene.js";
import type { Setting } from "./scene.js";
import { ShapeError, fields, list, num } from "./shape.js";
import { pause } from "./timing.js";
import type { Arena, GameShape, MatchView } from "./view.js";

/** The engine emits events if the playhead advances by at most this much. */
const STRIDE_TICKS = 16;
/** Opening a replay yields to the page after this long, so that the page stays responsive. */
const SLICE_MS = 12;

/** Options of `Replay.open`. */
export interface ReplayOptions {
  /** The games' WebAssembly, as for `connect`. The replay names its game. */
  readonly wasm?: EngineSources | undefined;
  /** Cancels `open`. */
  readonly signal?: AbortSignal;
}

/** A finished match that can be shown at any tick. `G` is the type of the game's fields. */
export class Replay<G extends GameShape = Arena> {
  readonly roomId: string;
  /** The bytes of the replay file. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** The game's name. */
  readonly game: string;
  /** The players, by seat, with those who joined the running match. */
  readonly players: readonly ReplayPlayer[];
  /** When the room was created. */
  readonly createdAt: Date;
  /** The last tick. */
  readonly ticks: number;
  /** Ticks per second. */
  readonly ticksPerSecond: number;
  /** All events of the match, in order. */
  readonly events: readonly GameEvent[];
  /** The scores, best first. Undefined if the file ends before the match does. */
  readonly result: readonly Score[] | undefined;
  /** How many states were compared with those of the game server, and how many differ: 0 unless the rules changed. */
  readonly verified: { readonly compared: number; readonly different: number };
  readonly #engine: Engine;
  readonly #scenes: Scenes<G>;
  readonly #setting: Omit<Setting, "seat">;
  readonly #joins: readonly Join[];
  #tick = 0;
  #seat = -1;

  private constructor(bytes: Uint8Array, file: ReplayFile, { engine, scenes, setting, ticks }: Opened<G>, played: Played) {
    this.roomId = file.roomId;
    this.file = bytes as Uint8Array<ArrayBuffer>;
    this.game = file.game;
    this.#joins = played.joins;
    this.players = seatsAt(file.players, played.joins, ticks);
    this.createdAt = new Date(file.createdMs);
    this.ticks = ticks;
    this.ticksPerSecond = setting.ticksPerSecond;
    this.events = played.events;
    this.result = scores(played.result, this.players);
    const [compared = 0, different = 0] = played.result;
    this.verified = { compared, different };
    this.#engine = engine;
    this.#scenes = scenes;
    this.#setting = setting;
  }

  /**
   * Opens a replay file, as returned by `GET /replays/<room>`, and plays it once to collect its events.
   *
   * @throws ReplayError if it is not a replay, or there is no WebAssembly of its game and version.
   * @throws ConnectionError if the WebAssembly cannot be loaded.
   */
  static async open<G extends GameShape = Arena>(bytes: Uint8Array, options: ReplayOptions = {}): Promise<Replay<G>> {
    try {
      const file = replayFile(bytes);
      const engine = await Engine.ofGame(file.game, options.wasm);
      const opened = begin<G>(engine, file);
      return new Replay(bytes, file, opened, await play(opened, options.signal));
    } catch (error) {
      const isOfFile = error instanceof ShapeError || error instanceof EngineError || error instanceof UnknownGameError;
      if (isOfFile) throw new ReplayError(error);
      throw error;
    }
  }

  /** The current tick, with a fraction. */
  get tick(): number {
    return this.#tick;
  }

  /** The player who is `me` in the view. Undefined: nobody. */
  get playerId(): string | undefined {
    return this.players[this.#seat]?.playerId;
  }

  set playerId(playerId: string | undefined) {
    this.#seat = this.players.findIndex((player) => player.playerId === playerId);
  }

  /** Moves to a tick, limited to 0 to `ticks`. */
  seek(tick: number): void {
    this.#tick = Number.isFinite(tick) ? Math.min(this.ticks, Math.max(0, tick)) : 0;
  }

  /** Returns what to draw at a tick, and moves there. Default: the current tick. */
  view(tick = this.#tick): MatchView<G> {
    this.seek(tick);
    const welcome = { ...this.#setting, seats: this.#seats(), seat: this.#seat };
    const view = this.#scenes.view(this.#engine.replayScene(this.#tick), { welcome, connection: "open" });
    if (!view) throw new ReplayError(new Error("it has no players"));
    return { ...view, running: true };
  }

  #seats(): Setting["seats"] {
    const { seats } = this.#setting;
    return this.#joins.length === 0 ? seats : seatsAt(seats, this.#joins, this.#tick);
  }
}

/** A player who joined the running match. */
interface Join {
  readonly tick: number;
  readonly seat: number;
  readonly player: ReplayPlayer;
}

function join(value: unknown): Join {
  const { tick, seat, player } = fields(value);
  return { tick: num(tick), seat: num(seat), player: replayPlayer(player) };
}

/** The players by seat at a tick. */
function seatsAt<P>(seats: readonly P[], joins: readonly Join[], tick: number): (P | ReplayPlayer)[] {
  const all: (P | ReplayPlayer)[] = [...seats];
  for (const { tick: at, seat, player } of joins) if (at <= tick) all[seat] = player;
  return all;
}

interface Opened<G extends GameShape> {
  readonly engine: Engine;
  readonly scenes: Scenes<G>;
  readonly setting: Omit<Setting, "seat">;
  readonly ticks: number;
}

function begin<G extends GameShape>(engine: Engine, file: ReplayFile): Opened<G> {
  const description = engine.describe(file.game);
  const { ticksPerSecond } = description;
  const constants = Object.entries(description.constants).map(([name, value]) => [camel(name), value]);
  const defaults = description.settings.map((name, at) => [name, description.defaults[at] ?? 0]);
  const settings = { ...(Object.fromEntries(defaults) as Record<string, number>), ...file.settings };
  const setting = {
    seats: file.players,
    constants: Object.fromEntries(constants) as Record<string, number>,
    endsAtTick: endsAtTick(settings, ticksPerSecond),
    ticksPerSecond,
  };
  const ticks = engine.openReplay({ ...file, settings, roster: rosterBytes(file.players) }, description.settings);
  return { engine, scenes: new Scenes(description), setting, ticks };
}

interface Played {
  readonly joins: readonly Join[];
  readonly events: readonly GameEvent[];
  readonly result: readonly number[];
}

/** Plays the whole replay, in short slices. */
async function play<G extends GameShape>({ engine, scenes, setting, ticks }: Opened<G>, signal?: AbortSignal): Promise<Played> {
  const happened: (readonly number[])[] = [];
  let begunAt = performance.now();
  for (let tick = 0; ; tick = Math.min(ticks, tick + STRIDE_TICKS)) {
    engine.replayScene(tick);
    for (let numbers = engine.nextReplayEvent(); numbers; numbers = engine.nextReplayEvent()) happened.push(numbers);
    if (tick === ticks) break;
    if (performance.now() - begunAt < SLICE_MS) continue;
    await pause(0, signal);
    begunAt = performance.now();
  }
  signal?.throwIfAborted();
  const joins = list(engine.replayJoins(), join);
  const events = happened.flatMap((numbers) => {
    const seats = seatsAt(setting.seats, joins, numbers[0] ?? 0);
    const event = scenes.event(numbers, { ...setting, seats, seat: -1 });
    return event ? [event] : [];
  });
  return { events, joins, result: engine.replayResult() };
}

/** Reads rank and score of each seat, after the three numbers of the hashes. */
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
