// One match as its player sees it: what to send, what to draw, what happened.
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { LeftError, SupersededError } from "./errors.js";
import { GameLink } from "./game-link.js";
import type { GameEvent, GameMessage, Input, Over, Welcome } from "./game-messages.js";
import type { GameAddress, LobbyState } from "./lobby-messages.js";
import type { PlayerInfo, Score } from "./players.js";
import type { Connection, WebSocketClass } from "./socket.js";
import { Timeline } from "./timeline.js";
import { playersAt, projectilesAt } from "./view.js";
import type { MatchView } from "./view.js";

/** Inputs are sent at most this often: a tick, nearly. */
const SEND_EVERY_MS = 16;

export interface MatchEvents {
  /** Something happened in the game. It may be ahead of what is drawn: compare its tick with `view().tick`. */
  readonly event: GameEvent;
  /** The match ended. */
  readonly over: Over;
  /** Another server has the match now, and it goes on there. */
  readonly moved: { readonly epoch: number };
  readonly connection: Connection;
  /** This match says nothing more: `over`, `superseded`, `closed`, or why the player is out of it. */
  readonly close: { readonly reason: string };
}

export interface MatchOptions {
  readonly roomId: string;
  readonly playerId: string | undefined;
  readonly players: readonly PlayerInfo[];
  readonly WebSocket: WebSocketClass;
  readonly me: () => Promise<LobbyState>;
  readonly finalScores: () => Promise<readonly Score[]>;
}

export class Match {
  readonly roomId: string;
  readonly #options: MatchOptions;
  readonly #events = new Emitter<MatchEvents>();
  readonly #link: GameLink;
  readonly #names: Map<string, PlayerInfo>;
  #playerId: string | undefined;
  #welcome: Welcome | undefined;
  #timeline: Timeline | undefined;
  #connection: Connection = "reconnecting";
  #input: Input | undefined;
  #sentAt = -Infinity;
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  #closed = false;

  /** Made by `Lobby.play` and `Lobby.rejoin`. */
  constructor(options: MatchOptions) {
    this.#options = options;
    this.roomId = options.roomId;
    this.#playerId = options.playerId;
    this.#names = new Map(options.players.map((player) => [player.playerId, player]));
    this.#link = new GameLink({
      WebSocket: options.WebSocket,
      me: options.me,
      onMessage: (message) => this.#hear(message),
      onConnection: (connection) => this.#connected(connection),
      onGone: (reason) => void this.#gone(reason),
    });
  }

  /** Listens; the function returned stops that. */
  on<K extends keyof MatchEvents>(type: K, listener: (event: MatchEvents[K]) => void): Disposer {
    return this.#events.on(type, listener);
  }

  /** The own player's id. */
  get playerId(): string | undefined {
    return this.#playerId;
  }

  /** Who plays, by name and colour. */
  get players(): readonly PlayerInfo[] {
    return [...this.#names.values()];
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** What the player does from now on. Call it every frame: a missing input is held for a moment, but never fires. */
  send(input: Input): void {
    this.#input = input;
    const waitMs = this.#sentAt + SEND_EVERY_MS - performance.now();
    if (waitMs <= 0) this.#flush();
    else this.#sendTimer ??= setTimeout(() => this.#flush(), waitMs);
  }

  /** What to draw at `now`, on the clock of `performance.now()`; undefined until the first snapshot is here. */
  view(now: number): MatchView | undefined {
    const moment = this.#timeline?.at(now);
    if (!this.#timeline || !this.#welcome || !moment) return undefined;
    const { arena, ticksPerSecond, endsAtTick } = this.#welcome;
    const scene = { arena, ticksPerSecond, names: this.#names, ownId: this.#playerId, ownAim: this.#input?.aim };
    const players = playersAt(moment, scene);
    return {
      tick: moment.tick,
      arena,
      players,
      me: players.find((player) => player.own),
      projectiles: projectilesAt(moment, scene),
      leftMs: endsAtTick === undefined ? undefined : Math.max(0, ((endsAtTick - moment.tick) / ticksPerSecond) * 1000),
      running: moment.to.tick > 0,
      connection: this.#connection,
    };
  }

  /** Leaves the connection; the seat is kept for a while, and `lobby.rejoin()` returns to it. */
  close(): void {
    this.#link.close();
    this.#finish("closed");
  }

  /** @internal Goes to a game server, at first or because the lobby said so. */
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
          settle(() => reject(reason === "superseded" ? new SupersededError() : new LeftError(reason)))();
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

  #hear(message: GameMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#begin(message.body);
      case "snapshot":
        return this.#timeline?.push(message.body, performance.now());
      case "event":
        return this.#events.emit("event", message.body);
      case "moved":
        this.#link.moveTo(message.body);
        return this.#events.emit("moved", { epoch: message.body.epoch });
      case "over":
        return this.end(message.body);
    }
  }

  #begin(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#playerId = welcome.playerId;
    for (const player of welcome.players) this.#names.set(player.playerId, player);
    // A newer epoch may go back in time; whatever was known of later ticks did not happen.
    this.#timeline = new Timeline(welcome.ticksPerSecond, welcome.snapshotsPerSecond);
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

  #flush(): void {
    clearTimeout(this.#sendTimer);
    this.#sendTimer = undefined;
    if (!this.#input) return;
    const now = (this.#sentAt = performance.now());
    const [dx, dy] = this.#input.move;
    const { aim, fire } = this.#input;
    this.#link.send({
      type: "input",
      move: [finite(dx), finite(dy)],
      aim: finite(aim),
      fire,
      ...this.#timeline?.seen(now),
    });
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#sendTimer);
    this.#events.emit("close", { reason });
  }
}

/** JSON has no NaN, and the server takes none. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
