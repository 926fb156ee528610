// The connection to the game server of one match, wherever that is now: found again through `GET /lobby/me`.
import { ProblemError } from "./errors.js";
import { CloseCode, GAME_SUBPROTOCOL, gameMessage } from "./game-messages.js";
import type { GameMessage } from "./game-messages.js";
import { isPassing } from "./http.js";
import type { GameAddress, LobbyState } from "./lobby-messages.js";
import { ShapeError, parse } from "./shape.js";
import type { Connection, WebSocketClass } from "./socket.js";
import { backoffMs, pause } from "./timing.js";

const WATCH_EVERY_MS = 250;
/** A running match that is silent for this long may have moved. */
const SILENT_MS = 1_000;
/** The same before anything ran: the match waits for its players, and a server may be loading it. */
const PATIENT_MS = 8_000;
/** Silent for this long, the connection is given up though the lobby names no other place. */
const DEAD_MS = 4_000;
const ASK_EVERY_MS = 500;
/** A connection lost so soon after another tab showed up was taken by it. */
const YIELD_MS = 5_000;

export interface GameLinkOptions {
  readonly WebSocket: WebSocketClass;
  readonly me: () => Promise<LobbyState>;
  readonly onMessage: (message: GameMessage) => void;
  readonly onFrame: (frame: ArrayBuffer) => void;
  /** The match ticks; before that, silence means nothing. */
  readonly isRunning: () => boolean;
  readonly onConnection: (connection: Connection) => void;
  /** The lobby says that this player plays no more, and why. The link is closed. */
  readonly onGone: (reason: string) => void;
}

type Place = Pick<GameAddress, "url" | "ticket" | "epoch">;

export class GameLink {
  readonly #options: GameLinkOptions;
  readonly #closed = new AbortController();
  readonly #watch: ReturnType<typeof setInterval>;
  #socket: WebSocket | undefined;
  #place: Place | undefined;
  #asking = false;
  #askedAt = -Infinity;
  #heardAt = performance.now();
  #yieldedAt = -Infinity;

  constructor(options: GameLinkOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
  }

  /** Goes to this place; the connection before it is dropped. */
  moveTo(place: Place): void {
    if (this.#closed.signal.aborted) return;
    this.#drop();
    this.#place = place;
    this.#heardAt = performance.now();
    const mark = place.url.includes("?") ? "&" : "?";
    const url = `${place.url}${mark}ticket=${encodeURIComponent(place.ticket)}`;
    const socket = new this.#options.WebSocket(url, [GAME_SUBPROTOCOL]);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#hear(event.data);
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lost(event.code);
    };
  }

  /**
   * Another tab of this player showed up. If the connection is lost around now, that tab has taken it, even where the
   * close code got lost; taking it back would go on for ever.
   */
  yield(): void {
    this.#yieldedAt = performance.now();
    if (!this.#socket) this.#supersede();
  }

  /** Whether nothing waits to be written: what waited would be stale. */
  get isFree(): boolean {
    return this.#socket?.readyState === 1 && this.#socket.bufferedAmount === 0;
  }

  /** Says it; false while there is no connection. */
  send(message: string | ArrayBuffer): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(message);
    return true;
  }

  /** Nothing can be made of this connection any more: another one is looked for. */
  renew(): void {
    if (this.#closed.signal.aborted) return;
    this.#drop();
    this.#options.onConnection("reconnecting");
    void this.#find(true);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    clearInterval(this.#watch);
    this.#drop();
    this.#options.onConnection("closed");
  }

  #hear(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.#heardAt = performance.now();
      this.#options.onConnection("open");
      return this.#options.onFrame(data);
    }
    let message: GameMessage;
    try {
      message = gameMessage(parse(data));
    } catch (error) {
      if (error instanceof ShapeError) return;
      throw error;
    }
    if (message.type === "welcome") this.#options.onConnection("open");
    this.#heardAt = performance.now();
    this.#options.onMessage(message);
  }

  #lost(code: number): void {
    this.#socket = undefined;
    if (this.#closed.signal.aborted) return;
    const taken = performance.now() < this.#yieldedAt + YIELD_MS;
    if (taken || code === CloseCode.superseded) return this.#supersede();
    this.#options.onConnection("reconnecting");
    void this.#find(true);
  }

  #supersede(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    clearInterval(this.#watch);
    this.#options.onConnection("superseded");
  }

  #look(): void {
    if (!this.#socket) return;
    const silentMs = performance.now() - this.#heardAt;
    const running = this.#options.isRunning();
    if (silentMs < (running ? SILENT_MS : PATIENT_MS)) return;
    this.#options.onConnection("reconnecting");
    void this.#find(silentMs >= (running ? DEAD_MS : PATIENT_MS));
  }

  /** Asks the lobby where the match is, until it knows. `anew`: connects there even if that is where it was. */
  async #find(anew: boolean): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let attempt = 0; !this.#closed.signal.aborted; attempt++) {
        await this.#ask();
        const state = await this.#options.me().catch((error: unknown) => this.#failed(error));
        if (this.#closed.signal.aborted) return;
        if (state === "retry") await pause(backoffMs(attempt), this.#closed.signal);
        else return this.#settle(state, anew || !this.#socket);
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    } finally {
      this.#asking = false;
    }
  }

  async #ask(): Promise<void> {
    const waitMs = this.#askedAt + ASK_EVERY_MS - performance.now();
    if (waitMs > 0) await pause(waitMs, this.#closed.signal);
    this.#askedAt = performance.now();
  }

  #failed(error: unknown): "retry" | LobbyState {
    if (isPassing(error) || error instanceof ShapeError) return "retry";
    const reason = error instanceof ProblemError ? error.slug : "failed";
    return { status: "out", reason, position: undefined, room: undefined, game: undefined };
  }

  #settle(state: LobbyState, anew: boolean): void {
    const { game } = state;
    if (state.status !== "playing" || !game) {
      this.close();
      return this.#options.onGone(state.reason ?? state.status);
    }
    const elsewhere = game.url !== this.#place?.url || game.epoch !== this.#place.epoch;
    if (anew || elsewhere) this.moveTo(game);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }
}
