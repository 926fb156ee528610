// One connection of a watcher to a game server, until it ends.
import { GAME_SUBPROTOCOL } from "./game-messages.js";
import { REACH_MS } from "./refused.js";
import { ShapeError, parse } from "./shape.js";
import type { WebSocketClass, WebSocketLike } from "./socket.js";
import { watchWelcome } from "./watch-messages.js";
import type { WatchWelcome } from "./watch-messages.js";

/** The code of a dropped connection; the server does not send it. */
const DROPPED = 0;

export interface WatchSessionOptions {
  readonly WebSocket: WebSocketClass;
  /** The address with ticket and `from`. */
  readonly url: string;
  /** The number of bytes received before. */
  readonly from: number;
  /** How long the server may be silent, ms. */
  readonly patienceMs: () => number;
  /** Drops the connection. */
  readonly signal: AbortSignal;
  readonly onWelcome: () => void;
  readonly onBytes: (bytes: Uint8Array) => void;
}

export class WatchSession {
  /** Resolves with the close code when the connection has ended. */
  readonly ended: Promise<number>;
  readonly #options: WatchSessionOptions;
  readonly #socket: WebSocketLike;
  #resolve: (code: number) => void = () => undefined;
  #welcome: WatchWelcome | undefined;
  #hasEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatchSessionOptions) {
    const { WebSocket, url, signal } = options;
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    const socket = (this.#socket = new WebSocket(url, [GAME_SUBPROTOCOL]));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.#receive(data);
    // `close` follows; without a listener, some implementations throw.
    socket.onerror = () => undefined;
    socket.onclose = ({ code }: { readonly code: number }) => this.#end(code);
    signal.addEventListener("abort", this.#drop);
    this.#wait(REACH_MS);
  }

  readonly #drop = (): void => this.#end(DROPPED);

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      if (!this.#welcome) return this.#drop();
      this.#options.onBytes(new Uint8Array(data));
      return this.#wait(this.#options.patienceMs());
    }
    const welcome = welcomeIn(data);
    if (!welcome) return;
    if (welcome.from !== this.#options.from) return this.#drop();
    this.#welcome = welcome;
    this.#wait(this.#options.patienceMs());
    this.#options.onWelcome();
  }

  /** Drops the connection after this long without a message. */
  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#hasEnded) this.#timer = setTimeout(this.#drop, ms);
  }

  #end(code: number): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#drop);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(1000);
    this.#resolve(code);
  }
}

function welcomeIn(data: unknown): WatchWelcome | undefined {
  try {
    return watchWelcome(parse(data));
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}
