// The connection of a match over the transport that opens first: WebTransport, or after its head start a WebSocket.
import type { WebSocketLike } from "./socket.js";
import { rememberFailure } from "./webtransport-memory.js";
import { BROKEN } from "./webtransport.js";

/** How long WebTransport is tried alone. */
const HEAD_START_MS = 250;

/** The transport of a match. */
export type Transport = "websocket" | "webtransport";

/** Both present the same ticket, which admits once. The one that is refused for that reason does not end the race. */
export class RacingSocket implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  binaryType: unknown = "arraybuffer";
  readonly #startWebSocket: () => WebSocketLike;
  readonly #headStart: ReturnType<typeof setTimeout>;
  /** Those that are opening. */
  readonly #racing = new Map<WebSocketLike, Transport>();
  #hasWebSocket = false;
  #winner: WebSocketLike | undefined;
  #transport: Transport = "websocket";
  #isClosed = false;

  constructor(startWebTransport: () => WebSocketLike, startWebSocket: () => WebSocketLike) {
    this.#startWebSocket = startWebSocket;
    this.#headStart = setTimeout(() => this.#enterWebSocket(), HEAD_START_MS);
    try {
      this.#enter(startWebTransport(), "webtransport");
    } catch {
      this.#enterWebSocket();
    }
  }

  get readyState(): number {
    if (this.#isClosed) return 3;
    return this.#winner?.readyState ?? 0;
  }

  get bufferedAmount(): number {
    return this.#winner?.bufferedAmount ?? 0;
  }

  /** Of the connection that won. */
  get transport(): Transport {
    return this.#transport;
  }

  send(data: string | ArrayBuffer): void {
    this.#winner?.send(data);
  }

  close(code?: number): void {
    this.#isClosed = true;
    this.#closeOthers();
    this.#winner?.close(code);
  }

  #enterWebSocket(): void {
    if (this.#hasWebSocket) return;
    this.#hasWebSocket = true;
    clearTimeout(this.#headStart);
    this.#enter(this.#startWebSocket(), "websocket");
  }

  #enter(socket: WebSocketLike, transport: Transport): void {
    this.#racing.set(socket, transport);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened(socket, transport);
    socket.onmessage = (event) => {
      if (socket === this.#winner) this.onmessage?.(event);
    };
    // `close` follows; without a listener, some implementations throw.
    socket.onerror = () => undefined;
    socket.onclose = (event: { readonly code: number }) => this.#ended(socket, event);
  }

  #opened(socket: WebSocketLike, transport: Transport): void {
    if (!this.#racing.delete(socket)) return;
    this.#winner = socket;
    this.#transport = transport;
    if (transport === "websocket") rememberFailure();
    this.#closeOthers();
    this.onopen?.({});
  }

  #ended(socket: WebSocketLike, event: { readonly code: number }): void {
    if (socket === this.#winner) return this.onclose?.(event);
    if (!this.#racing.delete(socket)) return;
    this.#enterWebSocket();
    if (this.#racing.size > 0) return;
    this.#isClosed = true;
    this.onclose?.({ code: BROKEN });
  }

  #closeOthers(): void {
    clearTimeout(this.#headStart);
    const others = [...this.#racing.keys()];
    this.#racing.clear();
    for (const other of others) other.close(1000);
  }
}
