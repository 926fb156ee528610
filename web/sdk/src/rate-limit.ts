// The rate at which the server accepts messages: a burst, then single messages at an interval.

/** Limits how often messages are sent. */
export class RateLimit {
  readonly #burst: number;
  readonly #everyMs: number;
  /** The time at which a full burst is allowed again. */
  #wholeAt = -Infinity;

  constructor(burst: number, everyMs: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
  }

  /** How long the next message must wait, ms. Zero or less: it may be sent. */
  waitMs(): number {
    return this.#wholeAt - (this.#burst - 1) * this.#everyMs - performance.now();
  }

  /** Counts a sent message. */
  count(): void {
    this.#wholeAt = Math.max(this.#wholeAt, performance.now()) + this.#everyMs;
  }
}
