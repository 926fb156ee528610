// Messages of the game's own on their way out: paced to what the server takes, and each one's fate told.
import { MessageError } from "./errors.js";
import type { Result } from "./game-messages.js";

const NAME_MAX = 32;
/** Bytes of JSON. */
const PAYLOAD_MAX = 512;
const NESTED_MAX = 16;
/** Messages that wait to be sent or answered. */
const UNSETTLED_MAX = 32;
/** The server takes 4 at once and 4 a second. A bit less leaves room for a line that delays one and not the next. */
const BURST = 3;
const EVERY_MS = 260;

/** The server sent a message to everybody in the match. */
export interface Delivery {
  /** The newest tick that was played when it was sent. */
  readonly tick: number;
}

interface Letter {
  readonly id: number;
  readonly text: string;
  readonly resolve: (delivery: Delivery) => void;
  readonly reject: (error: MessageError) => void;
}

export class Outbox {
  /** Sends a text; false where there is no connection. */
  readonly #send: (text: string) => boolean;
  #nextId = 1;
  readonly #waiting: Letter[] = [];
  readonly #sent = new Map<number, Letter>();
  /** When the allowance is whole again: what the server counts, seen from here. */
  #wholeAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  /**
   * Sends it, now or as soon as the server takes it. False: too much waits already, or it is no payload.
   *
   * @throws RangeError where the server would refuse the name.
   */
  put(name: string, payload: unknown): Promise<Delivery> | false {
    checkName(name);
    const json = payloadJson(payload);
    if (json === undefined || this.#waiting.length + this.#sent.size >= UNSETTLED_MAX) return false;
    const id = this.#nextId++;
    const text = `{"type":"message","id":${id},"name":${JSON.stringify(name)},"payload":${json}}`;
    const delivery = new Promise<Delivery>((resolve, reject) => this.#waiting.push({ id, text, resolve, reject }));
    // Who does not ask what became of it must not be told by an error that nobody catches.
    delivery.catch(() => undefined);
    this.#flush();
    return delivery;
  }

  /** The server says what became of one. */
  settle(id: number, result: Result): void {
    const letter = this.#sent.get(id);
    if (!letter) return;
    this.#sent.delete(id);
    if ("tick" in result) letter.resolve({ tick: result.tick });
    else letter.reject(new MessageError(result.reason));
  }

  /** The connection is gone, and with it every answer. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [sent, waiting] = [[...this.#sent.values()], this.#waiting.splice(0)];
    this.#sent.clear();
    for (const { reject } of sent) reject(new MessageError("unknown"));
    for (const { reject } of waiting) reject(new MessageError("not_sent"));
  }

  #flush(): void {
    if (this.#timer !== undefined) return;
    for (let letter = this.#waiting[0]; letter; letter = this.#waiting[0]) {
      const now = performance.now();
      const waitMs = this.#wholeAt - (BURST - 1) * EVERY_MS - now;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#tick(), waitMs);
        return;
      }
      if (!this.#send(letter.text)) return this.clear();
      this.#waiting.shift();
      this.#sent.set(letter.id, letter);
      this.#wholeAt = Math.max(this.#wholeAt, now) + EVERY_MS;
    }
  }

  #tick(): void {
    this.#timer = undefined;
    this.#flush();
  }
}

function checkName(name: string): void {
  const length = [...name].length;
  if (length === 0 || length > NAME_MAX) throw new RangeError(`a message's name has 1 to ${NAME_MAX} characters`);
  if (/\p{Cc}/u.test(name)) throw new RangeError("a message's name has no control characters");
}

/** As JSON; undefined where that is more than the server takes. */
function payloadJson(payload: unknown): string | undefined {
  // A function or a symbol has no JSON.
  const json = JSON.stringify(payload ?? null) as string | undefined;
  if (json === undefined || new TextEncoder().encode(json).length > PAYLOAD_MAX) return undefined;
  return depth(JSON.parse(json)) > NESTED_MAX ? undefined : json;
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}
