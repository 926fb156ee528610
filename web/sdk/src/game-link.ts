// The connection to the game server of a match. After a failure or a move, it finds the server by `GET /lobby/me`.
import { ProblemError } from "./errors.js";
import { CloseCode, GAME_SUBPROTOCOL, gameMessage } from "./game-messages.js";
import type { GameMessage, Place } from "./game-messages.js";
import { RacingSocket } from "./game-socket.js";
import type { Transport } from "./game-socket.js";
import { isPassing } from "./http.js";
import type { GameRegion, LobbyState } from "./lobby-messages.js";
import { REACH_MS } from "./refused.js";
import { ShapeError, parse } from "./shape.js";
import type { Connection, WebSocketClass, WebSocketLike } from "./socket.js";
import { backoffMs, pause } from "./timing.js";
import { failedLately, rememberFailure } from "./webtransport-memory.js";
import { BROKEN, WebTransportSocket } from "./webtransport.js";

const WATCH_EVERY_MS = 100;
/** After this long without a message, the connection is dropped even if the lobby returns the same address. */
const DEAD_MS = 4_000;
const REQUEST_EVERY_MS = 500;
/** Spreads the requests of clients that lost the same server. */
const REQUEST_JITTER_MS = 100;
/** After this many failed connections in a row, the backoff grows. */
const QUICK_TRIES = 8;
/** After this many requests in a row without a new address, the backoff grows. */
const QUICK_REQUESTS = 20;
/** A connection that lasted this long resets the count of failures. */
const STEADY_MS = 5_000;
/** A connection lost this soon after another tab connected was taken over by that tab. */
const YIELD_MS = 5_000;

/** Why the connection is interrupted: the match moved, the connection was lost, or the server is silent. */
export type Outage = "moved" | "lost" | "silent";

export interface GameLinkOptions {
  readonly WebSocket: WebSocketClass;
  /** Whether WebTransport may be used. */
  readonly transport: "auto" | "websocket";
  /** The base URL for addresses that have a path. */
  readonly socketBase: string;
  readonly me: (signal: AbortSignal) => Promise<LobbyState>;
  readonly onMessage: (message: GameMessage) => void;
  readonly onFrame: (frame: ArrayBuffer) => void;
  /** How long the server may be silent before the address is requested from the lobby. */
  readonly patienceMs: () => number;
  readonly onConnection: (connection: Connection) => void;
  readonly onOutage: (outage: Outage) => void;
  /** Another server runs the match now. */
  readonly onMoved: (epoch: number) => void;
  /** The player is no longer in the match, for this reason. The link is closed. */
  readonly onGone: (reason: string) => void;
  /** No connection to the address ever opened. The link is closed. */
  readonly onRefused: (url: string) => void;
  /** A connection ended; messages sent on it will not be answered. */
  readonly onDrop: () => void;
}

/** Keeps a match connected to its game server. */
export class GameLink {
  readonly #options: GameLinkOptions;
  readonly #closed = new AbortController();
  readonly #watch: ReturnType<typeof setInterval>;
  #socket: WebSocketLike | undefined;
  /** The epoch in which WebTransport failed or was silent. It is not tried again while the match stays on that server. */
  #brokenEpoch: number | undefined;
  #place: Place | undefined;
  #region: GameRegion | undefined;
  /** The time of the first attempt to connect to this address, while none has opened. */
  #connectingSince: number | undefined;
  #hasOpened = false;
  #searching = false;
  #requestedAt = -Infinity;
  #connectedAt = -Infinity;
  #receivedAt = performance.now();
  #takenOverAt = -Infinity;
  /** Failed connections in a row. */
  #failures = 0;

  constructor(options: GameLinkOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#poll(), WATCH_EVERY_MS);
  }

  /**
   * Connects to a new address of the match, and drops the previous connection. An older address, and the address of the
   * current connection, are ignored.
   */
  moveTo(place: Place): void {
    if (this.#closed.signal.aborted) return;
    const known = this.#place;
    if (known && place.epoch < known.epoch) return;
    this.#region = place.region ?? this.#region;
    if (known && place.epoch === known.epoch && this.#socket) return;
    this.#connect(place);
  }

  /**
   * Another tab of this player connected. If the connection is lost around now, that tab took it over, even if the close
   * code is missing: reconnecting would make the two tabs take turns forever. The same holds if this client is reconnecting
   * already and the new connection has not received a message.
   */
  yield(): void {
    this.#takenOverAt = performance.now();
    if (!this.#socket || this.#receivedAt === this.#connectedAt) this.#supersede();
  }

  /** Whether the send buffer is empty. An input that waits in the buffer would be stale. */
  get isFree(): boolean {
    return this.#socket?.readyState === 1 && this.#socket.bufferedAmount === 0;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** The region of the newest address that had one. */
  get region(): GameRegion | undefined {
    return this.#region;
  }

  get transport(): Transport {
    return this.#socket instanceof RacingSocket ? this.#socket.transport : "websocket";
  }

  /** Sends a message; returns false if there is no connection. */
  send(message: string | ArrayBuffer): boolean {
    if (!this.#socket || !this.isOpen) return false;
    this.#socket.send(message);
    return true;
  }

  /** Drops the connection after invalid data, and reconnects. */
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
    this.#connectedAt = this.#receivedAt = performance.now();
    if (isNews) {
      this.#options.onMoved(place.epoch);
      this.#options.onOutage("moved");
      // A listener may have closed the link.
      if (this.#closed.signal.aborted) return;
    }
    if (isNews) this.#connectingSince = undefined;
    this.#connectingSince ??= this.#connectedAt;
    const isBroken = place.epoch === this.#brokenEpoch;
    const socket = this.#open(place, isBroken);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#hasOpened = true;
      // The game server is reachable, so WebTransport failed.
      if (isBroken) rememberFailure();
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (this.#socket === socket) this.#handle(event.data);
    };
    // `close` follows; without a listener, some implementations throw.
    socket.onerror = () => undefined;
    socket.onclose = (event: { readonly code: number }) => {
      if (this.#socket === socket) this.#lost(event.code);
    };
  }

  #open(place: Place, isBroken: boolean): WebSocketLike {
    const { WebSocket, transport } = this.#options;
    const { webtransport, ticket } = place;
    const openWebSocket = () => new WebSocket(withTicket(this.#address(place), ticket), [GAME_SUBPROTOCOL]);
    const found = globalThis.WebTransport as typeof WebTransport | undefined;
    if (!webtransport || !found || transport !== "auto" || isBroken || failedLately()) return openWebSocket();
    const url = withTicket(webtransport.url, ticket);
    return new RacingSocket(() => new WebTransportSocket(found, url, webtransport.certificateSha256), openWebSocket);
  }

  #address({ path, url }: Place): string {
    return path === undefined ? url : this.#options.socketBase + path;
  }

  #handle(data: unknown): void {
    this.#receivedAt = performance.now();
    if (this.#receivedAt - this.#connectedAt >= STEADY_MS) this.#failures = 0;
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
    if (code === BROKEN) this.#noteBroken();
    this.#socket = undefined;
    this.#options.onDrop();
    const taken = performance.now() < this.#takenOverAt + YIELD_MS;
    if (taken || code === CloseCode.superseded) return this.#supersede();
    this.#miss("lost");
  }

  /** Reports the outage, and looks for the match. */
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

  #poll(): void {
    const since = this.#connectingSince;
    if (this.#place && !this.#hasOpened && since !== undefined && performance.now() - since >= REACH_MS) {
      const address = this.#address(this.#place);
      this.close();
      return this.#options.onRefused(address);
    }
    if (this.#place && this.#socket && this.#isMissing) this.#miss("silent");
  }

  get #silentMs(): number {
    return performance.now() - this.#receivedAt;
  }

  get #isMissing(): boolean {
    return !this.#socket || this.#silentMs >= this.#options.patienceMs();
  }

  /** Requests the address from the lobby until the match is connected. */
  async #search(): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    const { signal } = this.#closed;
    try {
      for (let failures = 0, requests = 0; ; requests++) {
        await pause(this.#waitMs(requests - QUICK_REQUESTS), signal);
        if (!this.#isMissing) return;
        this.#requestedAt = performance.now();
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

  /** How long to wait before the next request. */
  #waitMs(extraRequests: number): number {
    const tries = Math.max(this.#failures - QUICK_TRIES, extraRequests);
    const everyMs = tries > 0 ? Math.max(REQUEST_EVERY_MS, backoffMs(tries)) : REQUEST_EVERY_MS;
    return Math.max(0, this.#requestedAt + everyMs - performance.now()) + Math.random() * REQUEST_JITTER_MS;
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
    // Without an address, the match is being moved to another server.
    if (!game) {
      this.#connectingSince = undefined;
      return;
    }
    // After this long silence, the connection is dead. A WebSocket may work where WebTransport does not.
    const patienceMs = this.#options.patienceMs();
    const deadMs = this.transport === "webtransport" ? patienceMs : Math.max(DEAD_MS, patienceMs);
    if (this.#socket && this.#silentMs >= deadMs) {
      this.#noteBroken();
      this.#drop();
    }
    this.moveTo(game);
  }

  #noteBroken(): void {
    if (this.transport === "webtransport") this.#brokenEpoch = this.#place?.epoch;
  }

  #drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.close(1000);
    this.#options.onDrop();
  }
}

function withTicket(address: string, ticket: string): string {
  const mark = address.includes("?") ? "&" : "?";
  return `${address}${mark}ticket=${encodeURIComponent(ticket)}`;
}
