// A WebTransport session with the interface of a WebSocket: snapshots and inputs as datagrams, the rest in one stream.
import { MessageKind, MessageReader, STREAM_VERSION, framed } from "./message-stream.js";
import type { WebSocketLike } from "./socket.js";

/** The close code of a session that failed, as for a WebSocket. */
export const BROKEN = 1006;
/** The close code of a session that was closed without a code. */
const NO_CODE = 1005;
/** An input that waits longer than this is stale; the next one repeats it. */
const INPUT_AGE_MAX_MS = 100;
/**
 * The maximum number of snapshots that wait while the page is busy: about a second. All are read, because other players are
 * interpolated between them.
 */
const WAITING_SNAPSHOTS_MAX = 64;

/** The address of a match over WebTransport. */
export interface WebTransportAddress {
  /** The URL, without the ticket. */
  readonly url: string;
  /** The SHA-256 of the server's certificate: 64 hexadecimal digits. */
  readonly certificateSha256: string;
}

/** The browser's class. */
export type WebTransportClass = typeof WebTransport;

// Safari has `createWritable` and no `writable`; Chromium has the opposite.
type Datagrams = WebTransport["datagrams"] & { createWritable?(): WritableStream };

export class WebTransportSocket implements WebSocketLike {
  binaryType: unknown = "arraybuffer";
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  readonly #session: WebTransport;
  #readyState = 0;
  #stream: WritableStreamDefaultWriter | undefined;
  #datagrams: WritableStreamDefaultWriter | undefined;
  /** Bytes of inputs that the browser has not sent. */
  #unsentBytes = 0;
  /** The first message is `welcome`. */
  #isWelcomed = false;

  /** @throws an error if the browser rejects the address or an option. */
  constructor(WebTransport: WebTransportClass, url: string, certificateSha256: string) {
    this.#session = new WebTransport(url, {
      serverCertificateHashes: [{ algorithm: "sha-256", value: bytesOf(certificateSha256) }],
      requireUnreliable: true,
      congestionControl: "low-latency",
    });
    this.#session.closed.then(
      ({ closeCode }) => this.#end(closeCode || NO_CODE),
      () => this.#end(BROKEN),
    );
    this.#open().catch(() => this.#break());
  }

  get readyState(): number {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#unsentBytes;
  }

  /** Sends a text in the stream, and an input as a datagram if it is not too large. */
  send(data: string | ArrayBuffer): void {
    if (this.#readyState !== 1) return;
    if (typeof data === "string") return this.#write(MessageKind.text, encoder.encode(data));
    const bytes = new Uint8Array(data);
    if (bytes.length > this.#session.datagrams.maxDatagramSize) return this.#write(MessageKind.binary, bytes);
    this.#unsentBytes += bytes.length;
    const sent = () => {
      this.#unsentBytes -= bytes.length;
    };
    this.#datagrams?.write(bytes).then(sent, sent);
  }

  close(code = 1000): void {
    this.#closeSession(code);
    this.#end(code);
  }

  async #open(): Promise<void> {
    await this.#session.ready;
    const { readable, writable } = await this.#session.createBidirectionalStream();
    if (this.#readyState !== 0) return;
    const datagrams: Datagrams = this.#session.datagrams;
    datagrams.outgoingMaxAge = INPUT_AGE_MAX_MS;
    datagrams.incomingHighWaterMark = WAITING_SNAPSHOTS_MAX;
    this.#datagrams = (datagrams.createWritable?.() ?? datagrams.writable).getWriter();
    this.#stream = writable.getWriter();
    // The server sees the stream only after its first byte.
    this.#stream.write(Uint8Array.of(STREAM_VERSION)).catch(() => this.#break());
    this.#readyState = 1;
    this.onopen?.({});
    this.#readDatagrams(datagrams.readable).catch(() => this.#break());
    await this.#readStream(readable);
  }

  #write(kind: MessageKind, body: Uint8Array): void {
    this.#stream?.write(framed(kind, body)).catch(() => this.#break());
  }

  async #readStream(readable: ReadableStream): Promise<void> {
    const [reader, messages] = [readable.getReader(), new MessageReader()];
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      for (const data of messages.push(next.value)) {
        this.#isWelcomed ||= typeof data === "string";
        if (this.#readyState === 1) this.onmessage?.({ data });
      }
    }
    // The session's close code follows.
  }

  async #readDatagrams(readable: ReadableStream): Promise<void> {
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (!this.#isWelcomed || this.#readyState !== 1) continue;
      this.onmessage?.({ data: (next.value as Uint8Array<ArrayBuffer>).slice().buffer });
    }
  }

  /** Handles a failure. If the session was closed, its close code is used, which is known by then. */
  #break(): void {
    this.#session.closed.catch(() => undefined).then(() => this.#end(BROKEN));
    this.#closeSession(1000);
  }

  #closeSession(code: number): void {
    try {
      this.#session.close({ closeCode: code });
    } catch {
      // It is not open, or closed already.
    }
  }

  #end(code: number): void {
    if (this.#readyState === 3) return;
    this.#readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

const encoder = new TextEncoder();
