// The lobby socket: reconnects with backoff and sends pings.
import { backoffMs, pause } from "./timing.js";

const PING_EVERY_MS = 60_000;
/** A connection that lasted this long resets the backoff. Shorter ones do not, so that two tabs do not alternate quickly. */
const STEADY_MS = 15_000;
/** After this many failed attempts in a row, `isWorthTrying` decides whether to try again. */
const UNCHECKED_ATTEMPTS = 2;

/** The state of a connection. `superseded`: another tab or device of the same player took it over. */
export type Connection = "open" | "reconnecting" | "superseded" | "closed";

type Listener = ((event: any) => void) | null;

/** The part of the browser's WebSocket that the SDK uses. */
export interface WebSocketLike {
  /** 1 if the socket is open. */
  readonly readyState: number;
  /** Bytes in the send buffer. */
  readonly bufferedAmount: number;
  /** Set to `arraybuffer` by the SDK. */
  binaryType: any; // implementations differ in the type
  /** Set by the SDK, like the three handlers below. Implementations differ in the types of events. */
  onopen: Listener;
  /** `event.data` is a string or an ArrayBuffer. */
  onmessage: Listener;
  /** `event.code` is the close code. */
  onclose: Listener;
  /** Followed by `onclose`. */
  onerror: Listener;
  /** Sends text or bytes. */
  send(data: string | ArrayBuffer): void;
  /** Closes the connection. */
  close(code?: number): void;
}

/** The browser's `WebSocket`, or another implementation such as the package `ws`. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

export interface LobbySocketOptions {
  readonly url: string;
  /** The subprotocols of the next attempt. They contain the token, which may change. */
  readonly protocols: () => string[];
  readonly WebSocket: WebSocketClass;
  readonly onText: (data: unknown) => void;
  readonly onConnection: (connection: Connection) => void;
  /** Called after several failed attempts: whether to try again. */
  readonly isWorthTrying: () => Promise<boolean>;
}

/** The WebSocket to the lobby. */
export class LobbySocket {
  readonly #options: LobbySocketOptions;
  #socket: WebSocketLike | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #retry = new AbortController();
  #attempt = 0;
  /** Failed attempts in a row. */
  #refusals = 0;
  #wanted = false;
  readonly #waiters = new Set<() => void>();

  constructor(options: LobbySocketOptions) {
    this.#options = options;
  }

  /** Opens the socket and keeps it open, until `close`. */
  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = this.#refusals = 0;
    this.#retry = new AbortController();
    this.#connect();
  }

  /** Waits until the socket is open or closed permanently, or the time is up. Returns whether it is open. */
  async opened(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#isOpen || !this.#wanted) return this.#isOpen;
    const over = new AbortController();
    const end = () => over.abort();
    this.#waiters.add(end);
    signal?.addEventListener("abort", end);
    await pause(withinMs, over.signal).catch(() => undefined);
    this.#waiters.delete(end);
    signal?.removeEventListener("abort", end);
    return this.#isOpen;
  }

  /** Closes the socket until the next `open`. */
  close(connection: "superseded" | "closed"): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#retry.abort();
    clearInterval(this.#ping);
    this.#socket?.close(1000);
    this.#socket = undefined;
    this.#notifyWaiters();
    this.#options.onConnection(connection);
  }

  /** Sends an action with its members; returns false if there is no connection. */
  send(action: "ping" | "sync" | "leave" | "watch_rooms", members: object = {}): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify({ action, ...members }));
    return true;
  }

  /** Whether the socket is to be kept open. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  #notifyWaiters(): void {
    for (const wake of this.#waiters) wake();
  }

  #connect(): void {
    const { url, protocols, onText, onConnection } = this.#options;
    const socket = new this.#options.WebSocket(url, protocols());
    let openedAt: number | undefined;
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      openedAt = performance.now();
      this.#refusals = 0;
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.send("ping"), PING_EVERY_MS);
      onConnection("open");
      this.send("sync");
      this.#notifyWaiters();
    };
    socket.onmessage = (event: { readonly data: unknown }) => {
      if (this.#socket === socket) onText(event.data);
    };
    // `close` follows; without a listener, some implementations throw.
    socket.onerror = () => undefined;
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      clearInterval(this.#ping);
      if (openedAt === undefined) this.#refusals++;
      else if (performance.now() - openedAt >= STEADY_MS) this.#attempt = 0;
      onConnection("reconnecting");
      void this.#reconnect(this.#retry.signal);
    };
  }

  async #reconnect(signal: AbortSignal): Promise<void> {
    await pause(backoffMs(this.#attempt++), signal).catch(() => undefined);
    if (signal.aborted) return;
    const needsCheck = this.#refusals >= UNCHECKED_ATTEMPTS;
    const goesOn = !needsCheck || (await this.#options.isWorthTrying());
    if (signal.aborted) return;
    if (goesOn) this.#connect();
    else this.close("closed");
  }
}
