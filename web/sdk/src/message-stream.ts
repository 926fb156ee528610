// Messages in a byte stream: for each a byte for its kind, four bytes for its length (big endian), and the message.

/** The first byte of the stream: the version of this format. */
export const STREAM_VERSION = 1;
const HEADER_BYTES = 5;
/** The maximum length of a message, more than the server sends. */
const MESSAGE_BYTES_MAX = 1 << 20;

export const MessageKind = { text: 1, binary: 2 } as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** A message with its header. */
export function framed(kind: MessageKind, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, body.length);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** Parses the chunks of a stream into messages: texts as strings, others as bytes. */
export class MessageReader {
  /** The start of an incomplete message. */
  #rest = new Uint8Array(0);

  /** Returns the messages that this chunk completes. @throws RangeError if the stream does not have this format. */
  push(chunk: Uint8Array): (string | ArrayBuffer)[] {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    const messages: (string | ArrayBuffer)[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bodyLength(bytes, at);
      if (bytes.length < end) break;
      messages.push(message(bytes[at], bytes.slice(at + HEADER_BYTES, end)));
      at = end;
    }
    this.#rest = bytes.slice(at);
    return messages;
  }
}

function bodyLength(bytes: Uint8Array, at: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(1);
  if (length > MESSAGE_BYTES_MAX) throw new RangeError(`a message of ${length} bytes`);
  return length;
}

function message(kind: number | undefined, body: Uint8Array<ArrayBuffer>): string | ArrayBuffer {
  if (kind === MessageKind.text) return decoder.decode(body);
  if (kind === MessageKind.binary) return body.buffer;
  throw new RangeError(`a message of kind ${kind}`);
}

const decoder = new TextDecoder();
