// Playback of a finished match: any tick as the same view that a match has.
import { Engine, EngineError } from "./engine.js";
import type { EngineSources } from "./engine-source.js";
import { ReplayError, UnknownGameError } from "./errors.js";
import type { GameEvent } from "./game-messages.js";
import { Collector, openFile, scores, seatsAt } from "./played.js";
import type { Opened } from "./played.js";
import type { Score } from "./players.js";
import { replayFile } from "./replay-file.js";
import type { ReplayFile } from "./replay-file.js";
import type { ReplayPlayer } from "./roster.js";
import type { Setting } from "./scene.js";
import { ShapeError } from "./shape.js";
import type { Arena, GameShape, MatchView } from "./view.js";

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
  readonly #opened: Opened<G>;
  readonly #played: Collector<G>;
  readonly #isFiltered: boolean;
  #tick = 0;
  #seat = -1;

  private constructor(bytes: Uint8Array, file: ReplayFile, opened: Opened<G>, played: Collector<G>) {
    this.roomId = file.roomId;
    this.file = bytes as Uint8Array<ArrayBuffer>;
    this.game = file.game;
    this.players = seatsAt(file.players, played.joins, opened.ticks);
    this.createdAt = new Date(file.createdMs);
    this.ticks = opened.ticks;
    this.ticksPerSecond = opened.setting.ticksPerSecond;
    this.events = played.events;
    const { result } = played;
    this.result = scores(result, this.players);
    const [compared = 0, different = 0] = result;
    this.verified = { compared, different };
    this.#opened = opened;
    this.#played = played;
    this.#isFiltered = file.seed === undefined;
  }

  /**
   * Opens a replay file, as returned by `GET /replays/<room>`, or what `watch.file` has, and plays it once to collect its events.
   *
   * @throws ReplayError if it is not a replay, or there is no WebAssembly of its game and version.
   * @throws ConnectionError if the WebAssembly cannot be loaded.
   */
  static async open<G extends GameShape = Arena>(bytes: Uint8Array, options: ReplayOptions = {}): Promise<Replay<G>> {
    try {
      const file = replayFile(bytes);
      const engine = await Engine.ofGame(file.game, options.wasm);
      const opened = openFile<G>(engine, file);
      const played = new Collector(opened, SLICE_MS);
      await played.playTo(opened.ticks, options.signal);
      return new Replay(bytes, file, opened, played);
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

  /** The player who is `me` in the view, if any. */
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
    const { engine, scenes, setting } = this.#opened;
    const welcome = { ...setting, seats: this.#seats(), seat: this.#seat };
    const view = scenes.view(engine.replayScene(this.#tick), { welcome, connection: "open", mayBeEmpty: this.#isFiltered });
    if (!view) throw new ReplayError(new Error("it has no players"));
    return { ...view, running: true };
  }

  #seats(): Setting["seats"] {
    const { seats } = this.#opened.setting;
    const { joins } = this.#played;
    return joins.length === 0 ? seats : seatsAt(seats, joins, this.#tick);
  }
}
