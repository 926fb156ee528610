// The connection to the game server of one match, wherever that is now: found again through `GET /lobby/me`.
import { ProblemError } from "./errors.js";
import { CloseCode, GAME_SUBPROTOCOL, gameMessage } from "./game-messages.js";
import type { GameMessage } from "./game-messages.js";
import { isPassing } from "./http.js";
import type { GameAddress, LobbyState } from "./lobby-messages.js";
import { REACH_MS } from "./refused.js";
import { ShapeError, parse } from "./shape.js";
import type { Connection, WebSocketClass, WebSocketLike } from "./socket.js";
import { backoffMs, pause } from "./timing.js";

const WATCH_EVERY_MS = 100;
/** Silent for this long, the connection is given up though the lobby names no other place. */
const DEAD_MS = 4_000;
const ASK_EVERY_MS = 500;
/** Those who lost the same server do not all ask at the same moment. */
const ASK_JITTER_MS = 100;
/** So many connections in a row may fail before the next one waits longer and longer. */
const QUICK_TRIES = 8;
/** So many questions in a row may find the match nowhere else before the next one waits longer and longer. */
const QUICK_ASKS = 20;
/** Only a connection that lasted this long is no failure. */
const STEADY_MS = 5_000;
/** A connection lost so soon after another tab showed up was taken by it. */
const YIELD_MS = 5_000;

/** Why there is no connection: the server said where the match is now, it was lost, or it says nothing any more. */
export type Outage = "moved" | "lost" | "silent";

export interface GameLinkOptions {
  readonly WebSocket: WebSocketClass;
  /** The server's sockets, which a path is behind. */
  readonly socketBase: string;
  readonly me: (signal: AbortSignal) => Promise<LobbyState>;
  readonly onMessage: (message: GameMessage) => void;
  readonly onFrame: (frame: ArrayBuffer) => void;
  /** So long it may be silent before it is asked where the match is. */
  readonly patienceMs: () => number;
  readonly onConnection: (connection: Connection) => void;
  readonly onOutage: (outage: Outage) => void;
  /** Another server has the match. */
  readonly onMoved: (epoch: number) => void;
  /** The lobby says that this player plays no more, and why. The link is closed. */
  readonly onGone: (reason: string) => void;
  /** No connection ever opened, though the lobby says that the match is there. The link is closed. */
  readonly onRefused: (url: string) => void;
  /** A connection is gone; of what was sent on it, no answer comes any more. */
  readonly onDrop: () => void;
}

type Place = Pick<GameAddress, "url" | "path" | "ticket" | "epoch">;

export class GameLink {
  readonly #options: GameLinkOptions;
  readonly #closed = new AbortController();
  readonly #watch: ReturnType<typeof setInterval>;
  #socket: WebSocketLike | undefined;
  #place: Place | undefined;
  /** Since when connections to this place are tried that do not open; undefined once one did. */
  #knocksSince: number | undefined;
  #hasOpened = false;
  #searching = false;
  #askedAt = -Infinity;
  #connectedAt = -Infinity;
  #heardAt = performance.now();
  #yieldedAt = -Infinity;
  /** Connections in a row that did not last. */
  #failures = 0;

  constructor(options: GameLinkOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
  }

  /**
   * Somebody says that the match is there. What is older than what is known, and what a connection is made to already, is
   * no news; otherwise the connection before it is dropped.
   */
  moveTo(place: Place): void {
    if (this.#closed.signal.aborted) return;
    const known = this.#place;
    if (known && (place.epoch < known.epoch || (place.epoch === known.epoch && this.#socket))) return;
    this.#connect(place);
  }

  /**
   * Another tab of this player showed up. If the connection is lost around now, that tab has taken it, even where the
   * close code got lost; taking it back would go on for ever. So it would where the way back is taken already, and the new
   * connection has not said a word.
   */
  yield(): void {
    this.#yieldedAt = performance.now();
    if (!this.#socket || this.#heardAt === this.#connectedAt) this.#supersede();
  }

  /** Whether nothing waits to be written: what waited would be stale. */
  get isFree(): boolean {
    return this.#socket?.readyState === 1 && this.#socket.bufferedAmount === 0;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** Says it; false while there is no connection. */
  send(message: string | ArrayBuffer): boolean {
    if (!this.#socket || !this.isOpen) return false;
    this.#socket.send(message);
    return true;
  }

  /** Nothing can be made of this connection any more: another one is looked for. */
  renew(): void {
    if (this.#closed.signal.aborted) return;
    this.#drop();
    this.#miss("lost");
  }

  close(): void {
    this.#end("closed");
  }

  #connect(place: Place): void {
    const isNews = this.#place !== undefined && place.epoch > this.#place.epoch;
    this.#drop();
    this.#place = place;
    this.#failures++;
    this.#connectedAt = this.#heardAt = performance.now();
    if (isNews) {
      this.#options.onMoved(place.epoch);
      this.#options.onOutage("moved");
      // A listener may have closed it.
      if (this.#closed.signal.aborted) return;
    }
    if (isNews) this.#knocksSince = undefined;
    this.#knocksSince ??= this.#connectedAt;
    const address = this.#address(place);
    const mark = address.includes("?") ? "&" : "?";
    const url = `${address}${mark}ticket=${encodeURIComponent(place.ticket)}`;
    const socket = new this.#options.WebSocket(url, [GAME_SUBPROTOCOL]);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (this.#socket === socket) this.#hasOpened = true;
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (this.#socket === socket) this.#hear(event.data);
    };
    // `close` follows; without a listener, some implementations throw.
    socket.onerror = () => undefined;
    socket.onclose = (event: { readonly code: number }) => {
      if (this.#socket === socket) this.#lost(event.code);
    };
  }

  #address({ path, url }: Place): string {
    return path === undefined ? url : this.#options.socketBase + path;
  }

  #hear(data: unknown): void {
    this.#heardAt = performance.now();
    if (this.#heardAt - this.#connectedAt >= STEADY_MS) this.#failures = 0;
    if (data instanceof ArrayBuffer) {
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
    if (message.type === "moved") return this.moveTo(message.body);
    if (message.type === "welcome") this.#options.onConnection("open");
    this.#options.onMessage(message);
  }

  #lost(code: number): void {
    this.#socket = undefined;
    this.#options.onDrop();
    const taken = performance.now() < this.#yieldedAt + YIELD_MS;
    if (taken || code === CloseCode.superseded) return this.#supersede();
    this.#miss("lost");
  }

  /** There is nothing to hear any more. */
  #miss(outage: Outage): void {
    this.#options.onOutage(outage);
    void this.#search();
  }

  #supersede(): void {
    this.#end("superseded");
  }

  #end(connection: "superseded" | "closed"): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    clearInterval(this.#watch);
    this.#drop();
    this.#options.onConnection(connection);
  }

  #look(): void {
    const knocks = this.#knocksSince;
    if (this.#place && !this.#hasOpened && knocks !== undefined && performance.now() - knocks >= REACH_MS) {
      const address = this.#address(this.#place);
      this.close();
      return this.#options.onRefused(address);
    }
    if (this.#place && this.#socket && this.#isMissing) this.#miss("silent");
  }

  get #silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  get #isMissing(): boolean {
    return !this.#socket || this.#silentMs >= this.#options.patienceMs();
  }

  /** Asks the lobby where the match is, for as long as it is not heard. */
  async #search(): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    const { signal } = this.#closed;
    try {
      for (let failures = 0, asks = 0; ; asks++) {
        await pause(this.#waitMs(asks - QUICK_ASKS), signal);
        if (!this.#isMissing) return;
        this.#askedAt = performance.now();
        const state = await this.#options.me(signal).catch((error: unknown) => this.#failed(error));
        if (signal.aborted) return;
        if ("retryInMs" in state) await pause(Math.max(state.retryInMs, backoffMs(failures++)), signal);
        else this.#settle(state);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#searching = false;
    }
  }

  /** Until the lobby may be asked again. */
  #waitMs(tooManyAsks: number): number {
    const tries = Math.max(this.#failures - QUICK_TRIES, tooManyAsks);
    const everyMs = tries > 0 ? Math.max(ASK_EVERY_MS, backoffMs(tries)) : ASK_EVERY_MS;
    return Math.max(0, this.#askedAt + everyMs - performance.now()) + Math.random() * ASK_JITTER_MS;
  }

  #failed(error: unknown): { readonly retryInMs: number } | LobbyState {
    if (isPassing(error)) return { retryInMs: error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0 };
    if (error instanceof ShapeError) return { retryInMs: 0 };
    const reason = error instanceof ProblemError ? error.slug : "failed";
    return { status: "out", reason, position: undefined, room: undefined, game: undefined };
  }

  #settle({ status, game, reason }: LobbyState): void {
    if (status !== "playing") {
      this.close();
      return this.#options.onGone(reason ?? status);
    }
    // Without a place the match is on its way to one.
    if (!game) {
      this.#knocksSince = undefined;
      return;
    }
    // Whoever says nothing for so long holds the connection only in name.
    if (this.#socket && this.#silentMs >= Math.max(DEAD_MS, this.#options.patienceMs())) this.#drop();
    this.moveTo(game);
  }

  #drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.close(1000);
    this.#options.onDrop();
  }
}
