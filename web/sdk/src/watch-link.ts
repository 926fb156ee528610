// The connection of a watcher to a match: receives the bytes of its growing replay file. After a failure or a move, it continues
// after the last received byte.
import { ProblemError } from "./errors.js";
import { CloseCode } from "./game-messages.js";
import { isPassing } from "./http.js";
import { REACH_MS, refused } from "./refused.js";
import type { WebSocketClass } from "./socket.js";
import { backoffMs, pause } from "./timing.js";
import type { WatchAddress } from "./watch-messages.js";
import { WatchSession } from "./watch-session.js";

/**
 * The server saves a running match every 2 s. After this long without bytes, the connection is replaced. A match that waits for a player
 * may be silent for longer.
 */
const SILENT_MS = 15_000;

export interface WatchLinkOptions {
  readonly WebSocket: WebSocketClass;
  /** The base URL for addresses that have a path. */
  readonly socketBase: string;
  /** Requests an address with a new ticket. */
  readonly request: (signal: AbortSignal) => Promise<WatchAddress>;
  /** The next bytes of the file arrived: first the complete header line, then complete records. */
  readonly onBytes: (bytes: Uint8Array) => void;
  readonly onConnection: (connection: "open" | "reconnecting") => void;
  /**
   * No more bytes will arrive: `over`, `room_failed`, `refused` (no connection ever opened), or the last part of the type of the
   * lobby's problem. `error`: of the last two.
   */
  readonly onEnd: (reason: string, error?: unknown) => void;
}

export class WatchLink {
  readonly #options: WatchLinkOptions;
  readonly #closed = new AbortController();
  /** The number of received bytes. */
  #length = 0;
  /** The number of messages with bytes. The first one is the header line. */
  #messages = 0;
  #hasOpened = false;

  /** Connects to the first address. */
  constructor(address: WatchAddress, options: WatchLinkOptions) {
    this.#options = options;
    void this.#run(address);
  }

  /** Closes the connection. `onEnd` is not called. */
  close(): void {
    this.#closed.abort();
  }

  async #run(first: WatchAddress): Promise<void> {
    const { signal } = this.#closed;
    const startedAt = performance.now();
    let address = first;
    for (let failures = 0; ; failures++) {
      const length = this.#length;
      const reason = endOf(await this.#session(address).ended);
      if (signal.aborted) return;
      if (reason !== undefined) return this.#options.onEnd(reason);
      if (!this.#hasOpened && performance.now() - startedAt >= REACH_MS) return this.#options.onEnd("refused", refused(address.url));
      if (this.#length > length) failures = 0;
      this.#options.onConnection("reconnecting");
      try {
        address = await this.#request(failures);
      } catch (error) {
        if (!signal.aborted) this.#options.onEnd(error instanceof ProblemError ? error.slug : "failed", error);
        return;
      }
    }
  }

  /** Requests a new address until the lobby answers. `failures`: the number of consecutive connections without new bytes. */
  async #request(failures: number): Promise<WatchAddress> {
    const { signal } = this.#closed;
    for (let attempt = failures; ; attempt++) {
      await pause(backoffMs(attempt), signal);
      try {
        return await this.#options.request(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        if (error instanceof ProblemError) await pause(error.retryAfterMs ?? 0, signal);
      }
    }
  }

  #session({ url, path, ticket, delayMs }: WatchAddress): WatchSession {
    const { WebSocket, socketBase, onBytes, onConnection } = this.#options;
    const address = path === undefined ? url : socketBase + path;
    const mark = address.includes("?") ? "&" : "?";
    return new WatchSession({
      WebSocket,
      url: `${address}${mark}ticket=${encodeURIComponent(ticket)}&from=${this.#length}`,
      from: this.#length,
      // The first record arrives after the delay.
      patienceMs: () => SILENT_MS + (this.#messages > 1 ? 0 : delayMs),
      signal: this.#closed.signal,
      onWelcome: () => {
        this.#hasOpened = true;
        onConnection("open");
      },
      onBytes: (bytes) => {
        this.#length += bytes.length;
        this.#messages++;
        onBytes(bytes);
      },
    });
  }
}

/** The reason why no more bytes arrive after this close code. Undefined: the client reconnects. */
function endOf(code: number): string | undefined {
  if (code === CloseCode.matchOver) return "over";
  return code === CloseCode.roomFailed ? "room_failed" : undefined;
}
