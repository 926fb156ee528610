// Outgoing custom messages: sent at the rate that the server accepts, each with its result.
import { MessageError } from "./errors.js";
import type { Result } from "./game-messages.js";
import { RateLimit } from "./rate-limit.js";

const NAME_MAX = 32;
/** The maximum length of a payload, bytes of JSON. */
const PAYLOAD_MAX = 512;
const NESTED_MAX = 16;
/** The maximum of messages that wait to be sent or answered. */
const UNSETTLED_MAX = 32;
/** The server accepts bursts of 4 and then 4 a second. A lower rate leaves room for jitter. */
const BURST = 3;
const EVERY_MS = 260;

/** The server delivered a custom message. */
export interface Delivery {
  /** The newest tick of the match when the server delivered the message. */
  readonly tick: number;
}

interface Pending {
  readonly id: number;
  readonly text: string;
  readonly resolve: (delivery: Delivery) => void;
  readonly reject: (error: MessageError) => void;
}

/** The queue of outgoing custom messages. */
export class Outbox {
  /** Sends a text; returns false if there is no connection. */
  readonly #send: (text: string) => boolean;
  readonly #rate = new RateLimit(BURST, EVERY_MS);
  #nextId = 1;
  readonly #waiting: Pending[] = [];
  readonly #sent = new Map<number, Pending>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  /**
   * Sends a message, now or as soon as the rate limit allows it. Returns false if too many messages are pending, or the
   * payload is not valid.
   *
   * @throws RangeError if the name is not valid.
   */
  put(name: string, payload: unknown): Promise<Delivery> | false {
    checkName(name);
    const json = payloadJson(payload);
    if (json === undefined || this.#waiting.length + this.#sent.size >= UNSETTLED_MAX) return false;
    const id = this.#nextId++;
    const text = `{"type":"message","id":${id},"name":${JSON.stringify(name)},"payload":${json}}`;
    const delivery = new Promise<Delivery>((resolve, reject) => this.#waiting.push({ id, text, resolve, reject }));
    // An ignored promise must not cause an unhandled rejection.
    delivery.catch(() => undefined);
    this.#flush();
    return delivery;
  }

  /** Resolves or rejects a message with the server's result. */
  settle(id: number, result: Result): void {
    const pending = this.#sent.get(id);
    if (!pending) return;
    this.#sent.delete(id);
    if ("tick" in result) pending.resolve({ tick: result.tick });
    else pending.reject(new MessageError(result.reason));
  }

  /** The connection ended: rejects all messages. */
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
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const waitMs = this.#rate.waitMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#tick(), waitMs);
        return;
      }
      if (!this.#send(next.text)) return this.clear();
      this.#waiting.shift();
      this.#sent.set(next.id, next);
      this.#rate.count();
    }
  }

  #tick(): void {
    this.#timer = undefined;
    this.#flush();
  }
}

function checkName(name: string): void {
  const length = [...name].length;
  if (length === 0 || length > NAME_MAX) throw new RangeError(`a message's name must have 1 to ${NAME_MAX} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(name)) throw new RangeError("a message's name must not have control characters or half of a surrogate pair");
}

/** The payload as JSON; undefined if it exceeds the server's limits. */
function payloadJson(payload: unknown): string | undefined {
  // Functions and symbols have no JSON.
  const json = JSON.stringify(payload ?? null) as string | undefined;
  if (json === undefined || new TextEncoder().encode(json).length > PAYLOAD_MAX) return undefined;
  return depth(JSON.parse(json)) > NESTED_MAX ? undefined : json;
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}
