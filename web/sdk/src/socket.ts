// The lobby's WebSocket: kept open with backoff, pinged, its text frames handed on.
import { backoffMs, pause } from "./timing.js";

const PING_EVERY_MS = 60_000;
/** Only a connection that lasted this long starts the backoff anew, so that two tabs do not take turns quickly. */
const STEADY_MS = 15_000;

/** How a connection fares. `superseded`: another tab or device of the same player has it now. */
export type Connection = "open" | "reconnecting" | "superseded" | "closed";

/** The part of the browser's WebSocket that the SDK uses. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocket;

export interface LobbySocketOptions {
  readonly url: string;
  readonly protocols: string[];
  readonly WebSocket: WebSocketClass;
  readonly onText: (data: unknown) => void;
  readonly onConnection: (connection: Connection) => void;
}

export class LobbySocket {
  readonly #options: LobbySocketOptions;
  #socket: WebSocket | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #wanted = false;
  readonly #waiters = new Set<() => void>();

  constructor(options: LobbySocketOptions) {
    this.#options = options;
  }

  /** Opens it and keeps it open; nothing happens where that is so already. */
  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = 0;
    this.#connect();
  }

  /** Resolves once it is open, at the latest after this long. */
  async opened(withinMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#socket?.readyState === 1) return;
    const over = new AbortController();
    const end = () => over.abort();
    this.#waiters.add(end);
    signal?.addEventListener("abort", end);
    await pause(withinMs, over.signal).catch(() => undefined);
    this.#waiters.delete(end);
    signal?.removeEventListener("abort", end);
  }

  /** Closes it for good, or until `open`. */
  close(connection: "superseded" | "closed"): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    this.#socket?.close(1000);
    this.#socket = undefined;
    this.#options.onConnection(connection);
  }

  /** Whether it was sent; false while there is no connection. */
  send(action: "ping" | "sync" | "leave"): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify({ action }));
    return true;
  }

  #connect(): void {
    const { url, protocols, onText, onConnection } = this.#options;
    const socket = new this.#options.WebSocket(url, protocols);
    let openedAt: number | undefined;
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      openedAt = performance.now();
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.send("ping"), PING_EVERY_MS);
      onConnection("open");
      this.send("sync");
      for (const tell of this.#waiters) tell();
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket) onText(event.data);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      clearInterval(this.#ping);
      if (!this.#wanted) return;
      if (openedAt !== undefined && performance.now() - openedAt >= STEADY_MS) this.#attempt = 0;
      onConnection("reconnecting");
      this.#retry = setTimeout(() => this.#connect(), backoffMs(this.#attempt++));
    };
  }
}
