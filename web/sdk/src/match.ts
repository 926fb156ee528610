// One match as its player sees it: what to send, what to draw, what happened.
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { EngineError } from "./engine.js";
import type { Engine, MatchStats } from "./engine.js";
import { LeftError, SupersededError } from "./errors.js";
import { GameLink } from "./game-link.js";
import type { Outage } from "./game-link.js";
import type { GameEvent, GameMessage, Input, Over, Said, Welcome } from "./game-messages.js";
import type { GameAddress, LobbyState } from "./lobby-messages.js";
import { Outbox } from "./outbox.js";
import type { Delivery } from "./outbox.js";
import type { PlayerInfo, Score } from "./players.js";
import { refused } from "./refused.js";
import { Scenes } from "./scene.js";
import type { Connection, WebSocketClass } from "./socket.js";
import type { Arena, GameShape, MatchView } from "./view.js";

/** How often it is looked whether there is input to send: several times a tick, whatever the frames do. */
const SEND_EVERY_MS = 5;
/** A running match that is silent for this long may have moved. */
const SILENT_MS = 1_000;
/** The same where another server took it over: it waits a moment for its players. */
const RESUMING_MS = 2_000;
/** The same at the start: the match waits for its players, and a server may be loading it. */
const PATIENT_MS = 8_000;

/** What `match.on` takes, beside the names of messages of the game's own, and what the listener receives. */
export interface MatchEvents {
  /** Something happened in the game. It may be ahead of what is drawn: compare its tick with `view().tick`. */
  readonly event: GameEvent;
  /** The match ended. */
  readonly over: Over;
  /** Another server has the match now, and it goes on there; perhaps from a moment that was shown before. */
  readonly moved: { readonly epoch: number };
  /** Nothing is heard of the match: its server said that it moved, the connection is lost, or silent. It is looked for. */
  readonly reconnecting: { readonly reason: Outage };
  /** It is heard again after `reconnecting`, the same one of this epoch; `pausedMs` is how long there was nothing to see. */
  readonly resumed: { readonly epoch: number; readonly pausedMs: number };
  /** How the connection to the game server fares. */
  readonly connection: Connection;
  /**
   * This match says nothing more: `over`, `superseded`, `closed`, `refused` (no connection to its server opened),
   * `unauthorized` (the server no longer takes the token), `unknown_game` (the engine here does not know it), `broken` (the
   * engine failed: load the page again), or why the player is out of it.
   */
  readonly close: { readonly reason: string };
}

const OWN_EVENTS: ReadonlySet<string> = new Set<keyof MatchEvents>([
  "event",
  "over",
  "moved",
  "reconnecting",
  "resumed",
  "connection",
  "close",
]);

export interface MatchOptions {
  readonly roomId: string;
  readonly playerId: string | undefined;
  readonly players: readonly PlayerInfo[];
  readonly engine: Engine;
  readonly WebSocket: WebSocketClass;
  readonly socketBase: string;
  readonly me: (signal: AbortSignal) => Promise<LobbyState>;
  readonly finalScores: () => Promise<readonly Score[]>;
}

/** A match that this player is in: what to send, what to draw, what happened. `G`: the game's numbers as types. */
export class Match<G extends GameShape = Arena> {
  readonly roomId: string;
  readonly #options: MatchOptions;
  readonly #events = new Emitter<MatchEvents>();
  readonly #said = new Emitter<Record<string, Said>>();
  readonly #engine: Engine;
  readonly #link: GameLink;
  readonly #outbox: Outbox;
  readonly #names: Map<string, PlayerInfo>;
  #playerId: string | undefined;
  #welcome: Welcome | undefined;
  #scenes: Scenes<G> | undefined;
  #connection: Connection = "reconnecting";
  #sending: ReturnType<typeof setInterval> | undefined;
  /** The match ticks: the engine had input to send. */
  #running = false;
  /** When the match was last seen; and whether it is being looked for since. */
  #seenAt = performance.now();
  #missed = false;
  #over = false;
  #closed = false;
  /** The game server's address, where no connection to it opened. */
  #refusedBy: string | undefined;

  /** Made by `Lobby.play` and `Lobby.rejoin`. */
  constructor(options: MatchOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.roomId = options.roomId;
    this.#playerId = options.playerId;
    this.#names = new Map(options.players.map((player) => [player.playerId, player]));
    this.#link = new GameLink({
      WebSocket: options.WebSocket,
      socketBase: options.socketBase,
      me: options.me,
      onMessage: (message) => this.#hear(message),
      onFrame: (frame) => this.#take(frame),
      patienceMs: () => this.#patienceMs(),
      onConnection: (connection) => this.#connected(connection),
      onOutage: (outage) => this.#miss(outage),
      onMoved: (epoch) => this.#events.emit("moved", { epoch }),
      onGone: (reason) => void this.#gone(reason),
      onRefused: (url) => {
        this.#refusedBy = url;
        this.#finish("refused");
      },
      onDrop: () => this.#outbox.clear(),
    });
    this.#outbox = new Outbox((text) => this.#link.send(text));
  }

  /** Listens, to the match or (any other type) to messages of the game's own; the function returned stops that. */
  on<K extends keyof MatchEvents>(type: K, listener: (event: MatchEvents[K]) => void): Disposer;
  on<K extends string>(type: Exclude<K, keyof MatchEvents>, listener: (said: Said) => void): Disposer;
  on(type: string, listener: (event: never) => void): Disposer {
    if (OWN_EVENTS.has(type)) return this.#events.on(type as keyof MatchEvents, listener as () => void);
    return this.#said.on(type, listener as (said: Said) => void);
  }

  /**
   * Says something of the game's own to everybody in the match, this client included; in order, as long as the connection
   * holds. The server takes 4 messages at once and 4 a second: a burst waits here and is sent at that rate.
   *
   * The promise resolves when the server has delivered it. It rejects with a `MessageError`, whose `reason` says what became
   * of the message; who does not look at the promise need not catch that. False: nothing was sent and nothing will be,
   * because there is no connection, 32 messages are on their way already, or the payload is more than 512 bytes of JSON or
   * nested more than 16 deep.
   *
   * @throws RangeError where the name is empty, longer than 32 characters or an event of the match, or has control characters.
   */
  emit(name: string, payload?: unknown): Promise<Delivery> | false {
    if (OWN_EVENTS.has(name)) throw new RangeError(`\`${name}\` is an event of the match`);
    return this.#link.isOpen && this.#outbox.put(name, payload);
  }

  /** The game's name; undefined until the server has welcomed the player. */
  get game(): string | undefined {
    return this.#welcome?.game;
  }

  /** The own player's id. */
  get playerId(): string | undefined {
    return this.#playerId;
  }

  /** Who plays, by name and colour. */
  get players(): readonly PlayerInfo[] {
    return [...this.#names.values()];
  }

  /** How the connection to the game server fares. */
  get connection(): Connection {
    return this.#connection;
  }

  /** What the player does from now on, until the next call. It shows in the next view. */
  send({ move: [dx, dy], aim, fire }: Input): void {
    if (!this.#closed) this.#ask((engine) => engine.setInput(dx, dy, aim, fire));
  }

  /** What to draw at `now`, on the clock of `performance.now()`; undefined until the first snapshot is here. */
  view(now: number): MatchView<G> | undefined {
    const [welcome, scenes] = [this.#welcome, this.#scenes];
    if (!welcome || !scenes) return undefined;
    return this.#ask((engine) => scenes.view(engine.scene(now), { welcome, connection: this.#connection }));
  }

  /** How the match reaches this client; undefined until the server has welcomed the player. */
  stats(): MatchStats | undefined {
    return this.#welcome && this.#ask((engine) => engine.stats(performance.now()));
  }

  /** Leaves the connection; the seat is kept for a while, and `lobby.rejoin()` returns to it. */
  close(): void {
    this.#link.close();
    this.#finish("closed");
  }

  /** @internal Goes to a game server, at first or because the lobby says that the match is there. */
  goTo(game: GameAddress): void {
    this.#link.moveTo(game);
  }

  /** @internal The lobby says that another tab of this player is there. */
  yield(): void {
    this.#link.yield();
  }

  /** @internal Resolves once the game server has welcomed the player; rejects when that will not come. */
  welcomed(signal?: AbortSignal): Promise<void> {
    if (this.#welcome) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => () => {
        for (const dispose of disposers) dispose();
        signal?.removeEventListener("abort", aborted);
        act();
      };
      const aborted = settle(() => {
        this.close();
        reject(signal?.reason);
      });
      const disposers = [
        this.on("connection", (connection) => {
          if (connection === "open") settle(resolve)();
        }),
        this.on("close", ({ reason }) => {
          settle(() => reject(this.#whyClosed(reason)))();
        }),
      ];
      signal?.addEventListener("abort", aborted);
      if (signal?.aborted) aborted();
    });
  }

  /** @internal The end, as the game server or the lobby tells it; the first one counts. */
  end(over: Over): void {
    if (this.#over || this.#closed) return;
    this.#over = true;
    this.#events.emit("over", over);
    this.#link.close();
    this.#finish("over");
  }

  #whyClosed(reason: string): Error {
    if (this.#refusedBy !== undefined) return refused(this.#refusedBy);
    return reason === "superseded" ? new SupersededError() : new LeftError(reason);
  }

  #hear(message: GameMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#begin(message.body);
      case "message":
        return this.#said.emit(message.name, message.body);
      case "result":
        return this.#outbox.settle(message.id, message.body);
      case "over":
        return this.end(message.body);
    }
  }

  #begin(welcome: Welcome): void {
    this.#running = false;
    this.#welcome = welcome;
    this.#playerId = welcome.playerId;
    let seats = 0;
    welcome.seats.forEach((player, seat) => {
      if (player) this.#names.set(player.playerId, player);
      seats |= player ? 1 << seat : 0;
    });
    // A newer epoch may go back in time; whatever was known of later ticks did not happen.
    this.#ask(
      (engine) => {
        const description = engine.describe(welcome.game);
        engine.begin(performance.now(), { ...welcome, seats }, description.settings);
        this.#scenes = new Scenes(description);
      },
      () => this.#giveUp("unknown_game"),
    );
    if (!this.#closed) this.#sending ??= setInterval(() => this.#transmit(), SEND_EVERY_MS);
  }

  #take(frame: ArrayBuffer): void {
    const welcome = this.#welcome;
    if (!welcome) return;
    this.#ask((engine) => {
      engine.receive(performance.now(), frame);
      this.#see(welcome.epoch);
      for (let numbers = engine.nextEvent(); numbers; numbers = engine.nextEvent()) {
        const event = this.#scenes?.event(numbers, welcome);
        if (event) this.#events.emit("event", event);
      }
    });
  }

  #transmit(): void {
    if (!this.#link.isFree) return;
    const frame = this.#ask((engine) => engine.transmit(performance.now()));
    if (!frame) return;
    this.#running = true;
    this.#link.send(frame);
  }

  /** Asks the engine. What it refuses, another connection may mend; where it breaks, the match is at its end here. */
  #ask<T>(act: (engine: Engine) => T, refused = (): void => this.#link.renew()): T | undefined {
    try {
      return act(this.#engine);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (this.#closed) return undefined;
      console.error(error);
      if (error.broken) this.#giveUp("broken");
      else refused();
      return undefined;
    }
  }

  #giveUp(reason: string): void {
    this.#link.close();
    this.#finish(reason);
  }

  #patienceMs(): number {
    if (this.#running) return SILENT_MS;
    return this.#welcome && this.#welcome.tick > 0 ? RESUMING_MS : PATIENT_MS;
  }

  #miss(reason: Outage): void {
    if (!this.#missed && this.#welcome) {
      this.#missed = true;
      this.#events.emit("reconnecting", { reason });
    }
    this.#connected("reconnecting");
  }

  /** The match shows itself. */
  #see(epoch: number): void {
    const now = performance.now();
    const pausedMs = now - this.#seenAt;
    this.#seenAt = now;
    if (!this.#missed) return;
    this.#missed = false;
    this.#events.emit("resumed", { epoch, pausedMs });
  }

  #connected(connection: Connection): void {
    if (this.#connection !== connection) {
      this.#connection = connection;
      this.#events.emit("connection", connection);
    }
    if (connection === "superseded") this.#finish("superseded");
  }

  async #gone(reason: string): Promise<void> {
    if (reason === "match_over") {
      const scores = await this.#options.finalScores().catch(() => []);
      return this.end({ scores });
    }
    this.#finish(reason);
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sending);
    // Who still looks on sees the own player stand.
    this.#ask((engine) => engine.setInput(0, 0, 0, false));
    this.#events.emit("close", { reason });
  }
}
