// A running match from a watcher's point of view: live, or at any tick that has arrived.
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { Engine, EngineError } from "./engine.js";
import { ReplayError } from "./errors.js";
import type { GameEvent, Over } from "./game-messages.js";
import { LivePlayhead } from "./live-playhead.js";
import { Collector, joinsOf, openFile, scores, seatsAt } from "./played.js";
import type { Join, Opened } from "./played.js";
import type { Score } from "./players.js";
import type { ReplayFile } from "./replay-file.js";
import type { ReplayPlayer } from "./roster.js";
import { pause } from "./timing.js";
import type { Arena, GameShape, MatchView } from "./view.js";

/** Playing received ticks yields to the page after this long, so that the page can draw. */
const SLICE_MS = 4;
/** The ticks up to the first picture are played in steps of this size. */
const JUMP_TICKS = 64;

/**
 * `open`: the match arrives as it is played. `reconnecting`: the connection is lost, and the SDK is looking for the match. `over`: the
 * match is over, and all of it has arrived. `closed`: no more of it arrives; the event `close` says why.
 */
export type WatchStatus = "open" | "reconnecting" | "over" | "closed";

/** The events of `watch.on`, each with the value that its listener receives. */
export interface WatchEvents {
  /** An event of the game. It is ahead of the picture: compare its tick with `watch.tick`. */
  readonly event: GameEvent;
  /** A player joined the running match. Also ahead of the picture. */
  readonly joined: ReplayPlayer;
  /** The status changed. */
  readonly status: WatchStatus;
  /** The match is over, and all of it has arrived. The picture is still a few seconds behind. */
  readonly over: Over;
  /**
   * The last event. `reason` is `over`, `closed` (by `watch.close()`), `room_failed` (the match ended without a result), `broken` (what
   * arrived cannot be played), `unauthorized`, `unknown-room` (the match is over, or can no longer be watched), or another reason of the lobby.
   */
  readonly close: { readonly reason: string };
}

/** The parts of a watched match. */
export interface WatchParts {
  /** The connection. */
  readonly link: { close(): void };
  readonly delayMs: number;
  readonly file: ReplayFile;
  /** All bytes that have arrived. */
  readonly chunks: Uint8Array[];
  /** One engine draws; the other one is always at the newest tick, for the events. */
  readonly engines: readonly [draws: Engine, plays: Engine];
}

/** A running match that is watched. `G` is the type of the game's fields. */
export class Watch<G extends GameShape = Arena> {
  readonly roomId: string;
  /** The game's name. */
  readonly game: string;
  /** When the room was created. */
  readonly createdAt: Date;
  /** Ticks per second. */
  readonly ticksPerSecond: number;
  /** The delay of this client behind the players, according to the server's settings, ms. */
  readonly delayMs: number;
  readonly #link: WatchParts["link"];
  readonly #chunks: Uint8Array[];
  readonly #file: ReplayFile;
  readonly #drawn: Opened<G>;
  readonly #plays: Engine;
  readonly #played: Collector<G>;
  readonly #head: LivePlayhead;
  readonly #events = new Emitter<WatchEvents>();
  readonly #closed = new AbortController();
  /** The players who had joined when the first picture was reached: before the events of that time were played. */
  #firstJoins: readonly Join[] = [];
  #ticks: number;
  #playing = false;
  #status: WatchStatus = "open";
  /** The reason why no more bytes arrive. Undefined while more can arrive. */
  #reason: string | undefined;
  #result: readonly Score[] | undefined;
  #seat = -1;

  /** @internal Use `Lobby.watch`. */
  constructor({ link, delayMs, file, chunks, engines: [draws, plays] }: WatchParts) {
    this.roomId = file.roomId;
    this.game = file.game;
    this.createdAt = new Date(file.createdMs);
    this.delayMs = delayMs;
    this.#link = link;
    this.#chunks = chunks;
    this.#file = file;
    this.#plays = plays;
    this.#drawn = openFile<G>(draws, file);
    this.#played = new Collector(openFile<G>(plays, file), SLICE_MS);
    this.#ticks = this.#drawn.ticks;
    this.ticksPerSecond = this.#drawn.setting.ticksPerSecond;
    this.#head = new LivePlayhead(this.ticksPerSecond);
    this.#head.arrived(this.#ticks, performance.now());
  }

  /** Adds a listener; returns a function that removes it. */
  on<K extends keyof WatchEvents>(type: K, listener: (event: WatchEvents[K]) => void): Disposer {
    return this.#events.on(type, listener);
  }

  /** Whether more of the match arrives. */
  get status(): WatchStatus {
    return this.#status;
  }

  /** The players, by seat, with those who joined the running match. */
  get players(): readonly ReplayPlayer[] {
    return seatsAt(this.#file.players, this.#joins, this.#ticks);
  }

  /** The last tick that has arrived. */
  get ticks(): number {
    return this.#ticks;
  }

  /** The current tick, with a fraction. */
  get tick(): number {
    return this.#head.tick;
  }

  /** Whether the view follows the match, a few seconds behind the newest tick. `seek` ends that, and `live` returns to it. */
  get isLive(): boolean {
    return this.#head.isLive;
  }

  /** The tick that `live` would show now. */
  get liveTick(): number {
    return this.#head.liveTick(performance.now());
  }

  /** All events so far, in order. Right after `lobby.watch`, those before the first picture are still to come. */
  get events(): readonly GameEvent[] {
    return this.#played.events;
  }

  /** The scores, best first, once the status is `over`. Undefined if the end of the match was not saved. */
  get result(): readonly Score[] | undefined {
    return this.#result;
  }

  /**
   * How many states were compared with those of the game server, and how many differ: 0 unless the rules are different. In a game that
   * hides something, the server compares them, and both are 0.
   */
  get verified(): { readonly compared: number; readonly different: number } {
    const [compared = 0, different = 0] = this.#played.result;
    return { compared, different };
  }

  /** The bytes of the replay file, or of the filtered recording, so far. `Replay.open` opens them. */
  get file(): Uint8Array<ArrayBuffer> {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, joined(this.#chunks));
    return (this.#chunks[0] ?? new Uint8Array()) as Uint8Array<ArrayBuffer>;
  }

  /** The player who is `me` in the view, if any. */
  get playerId(): string | undefined {
    return this.players[this.#seat]?.playerId;
  }

  set playerId(playerId: string | undefined) {
    // A seat without a player is a hole.
    this.#seat = playerId === undefined ? -1 : this.players.findIndex((player) => player?.playerId === playerId);
  }

  /** Makes this player `me` in the view; undefined: no player. */
  follow(playerId: string | undefined): void {
    this.playerId = playerId;
  }

  /** Moves to a tick, limited to 0 to `ticks`. The view continues from there, at the rate of the match. */
  seek(tick: number): void {
    this.#head.seek(tick);
  }

  /** Returns to the running match. After its end, moves to the end. */
  live(): void {
    this.#head.live(performance.now());
  }

  /**
   * Returns what to draw at `now`, ms on the clock of `performance.now()`: the view advances with this clock. Without `now`, no
   * time passes, and the current tick is shown.
   *
   * @throws ReplayError if the received bytes cannot be played.
   */
  view(now?: number): MatchView<G> {
    if (now !== undefined) this.#head.run(now);
    const { engine, scenes, setting } = this.#drawn;
    const seats = seatsAt(setting.seats, this.#joins, this.#head.tick);
    const connection = this.#status === "reconnecting" ? "reconnecting" : "open";
    const welcome = { ...setting, seats, seat: this.#seat };
    const view = this.#call(() => scenes.view(engine.replayScene(this.#head.tick), { welcome, connection, mayBeEmpty: this.#isFiltered }));
    if (!view) throw new ReplayError(new Error("it has no players"));
    return { ...view, running: true };
  }

  /** Closes the connection. Received ticks can still be shown. */
  close(): void {
    this.#finish("closed");
  }

  /** @internal Plays up to the first picture, in short slices; the events follow later. */
  async begin(signal?: AbortSignal): Promise<void> {
    const { engine } = this.#drawn;
    let begunAt = performance.now();
    for (let tick = 0; tick < this.#head.tick; tick += JUMP_TICKS) {
      engine.replayScene(tick);
      if (performance.now() - begunAt < SLICE_MS) continue;
      await pause(0, signal);
      begunAt = performance.now();
    }
    engine.replayScene(this.#head.tick);
    this.#firstJoins = joinsOf(engine);
    void this.#play();
  }

  /** @internal Handles the next records. */
  grow(records: Uint8Array): void {
    if (this.#reason !== undefined) return;
    try {
      this.#ticks = this.#drawn.engine.appendReplay(records);
      this.#plays.appendReplay(records);
    } catch (error) {
      return this.#broke(error);
    }
    this.#chunks.push(records);
    this.#head.arrived(this.#ticks, performance.now());
    void this.#play();
  }

  /** @internal Handles a lost or restored connection. */
  connected(connection: "open" | "reconnecting"): void {
    if (this.#reason === undefined) this.#become(connection);
  }

  /** @internal Handles the end of the connection, for this reason. */
  end(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    void this.#play();
  }

  /** Whether the game hides something. */
  get #isFiltered(): boolean {
    return this.#file.seed === undefined;
  }

  get #joins(): readonly Join[] {
    const { joins } = this.#played;
    return joins.length < this.#firstJoins.length ? this.#firstJoins : joins;
  }

  /** Plays the received ticks for their events. At the end, reports the end. */
  async #play(): Promise<void> {
    if (this.#playing) return;
    this.#playing = true;
    try {
      while (this.#played.tick < this.#ticks) {
        const before = this.#played.joins.length;
        const events = await this.#played.playTo(this.#ticks, this.#closed.signal);
        for (const event of events) this.#events.emit("event", event);
        for (const { player } of this.#played.joins.slice(before)) this.#events.emit("joined", player);
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#broke(error);
    } finally {
      this.#playing = false;
    }
    if (this.#reason !== undefined) this.#settle(this.#reason);
  }

  /** Ends the watch when all received ticks were played. Even a connection that was lost at the end may have the result. */
  #settle(reason: string): void {
    if (this.#status === "over" || this.#status === "closed") return;
    const found = scores(this.#played.result, this.players);
    if (!found && reason !== "over") return this.#finish(reason);
    this.#result = found;
    this.#head.end();
    this.#events.emit("over", { scores: found ?? [] });
    this.#finish("over");
  }

  #finish(reason: string): void {
    if (this.#status === "over" || this.#status === "closed") return;
    this.#reason = reason;
    this.#closed.abort();
    this.#link.close();
    this.#head.end();
    this.#become(reason === "over" ? "over" : "closed");
    this.#events.emit("close", { reason });
  }

  #become(status: WatchStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.emit("status", status);
  }

  #broke(error: unknown): void {
    if (!(error instanceof EngineError)) throw error;
    console.error(error);
    this.#finish("broken");
  }

  #call<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#finish("broken");
      throw new ReplayError(error);
    }
  }
}

/** The chunks as one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
