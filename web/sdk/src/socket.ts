// The lobby's WebSocket: kept open with backoff, pinged, its text frames handed on.
import { backoffMs, pause } from "./timing.js";

const PING_EVERY_MS = 60_000;
/** Only a connection that lasted this long starts the backoff anew, so that two tabs do not take turns quickly. */
const STEADY_MS = 15_000;
/** After this many attempts in a row that never opened, the caller is asked whether to try again. */
const DOUBTFUL_ATTEMPTS = 2;

/** How a connection fares. `superseded`: another tab or device of the same player has it now. */
export type Connection = "open" | "reconnecting" | "superseded" | "closed";

type Listener = ((event: any) => void) | null;

/** The part of the browser's WebSocket that the SDK uses. */
export interface WebSocketLike {
  /** 1: open. */
  readonly readyState: number;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Set to `arraybuffer`. */
  binaryType: any; // each implementation has a type of its own
  /** Set by the SDK, as the three below. Their events have a type of their own in each implementation. */
  onopen: Listener;
  /** `event.data` is a text or an ArrayBuffer. */
  onmessage: Listener;
  /** `event.code` is the close code. */
  onclose: Listener;
  /** `onclose` follows. */
  onerror: Listener;
  /** Sends a text or bytes. */
  send(data: string | ArrayBuffer): void;
  /** Ends the connection. */
  close(code?: number): void;
}

/** The browser's `WebSocket`, or another implementation, such as that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

export interface LobbySocketOptions {
  readonly url: string;
  /** For the next attempt: they hold the token, which may be another one by then. */
  readonly protocols: () => string[];
  readonly WebSocket: WebSocketClass;
  readonly onText: (data: unknown) => void;
  readonly onConnection: (connection: Connection) => void;
  /** Attempts in a row did not open; whether it makes sense to try again. */
  readonly isWorthTrying: () => Promise<boolean>;
}

export class LobbySocket {
  readonly #options: LobbySocketOptions;
  #socket: WebSocketLike | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #retry = new AbortController();
  #attempt = 0;
  /** Attempts in a row that never opened. */
  #refusals = 0;
  #wanted = false;
  readonly #waiters = new Set<() => void>();

  constructor(options: LobbySocketOptions) {
    this.#options = options;
  }

  /** Opens it and keeps it open; nothing happens where that is so already. */
  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = this.#refusals = 0;
    this.#retry = new AbortController();
    this.#connect();
  }

  /** Waits until it is open, closed for good, or this long: whether it is open. */
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

  /** Closes it for good, or until `open`. */
  close(connection: "superseded" | "closed"): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#retry.abort();
    clearInterval(this.#ping);
    this.#socket?.close(1000);
    this.#socket = undefined;
    this.#tellWaiters();
    this.#options.onConnection(connection);
  }

  /** Whether it was sent; false while there is no connection. */
  send(action: "ping" | "sync" | "leave"): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify({ action }));
    return true;
  }

  /** Whether it is kept open. */
  get isWanted(): boolean {
    return this.#wanted;
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  #tellWaiters(): void {
    for (const tell of this.#waiters) tell();
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
      this.#tellWaiters();
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
    const isDoubtful = this.#refusals >= DOUBTFUL_ATTEMPTS;
    const goesOn = !isDoubtful || (await this.#options.isWorthTrying());
    if (signal.aborted) return;
    if (goesOn) this.#connect();
    else this.close("closed");
  }
}
