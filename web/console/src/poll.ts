// Polling: a question that is asked again and again while a view is open.
import { Failure } from "./api.js";

/** A question takes at most this part of the time, so that a large system is asked less often. */
const TOOK_SHARE = 20;
const RECENT = 3;
const PAUSE_MAX_MS = 30_000;
/** While nobody sees the page. */
const HIDDEN_MS = 10_000;

/** The pause after questions that took this long. The quickest of the last three counts: a single slow one says little. */
export function pauseMs(everyMs: number, tookMs: readonly number[], isHidden: boolean): number {
  const least = isHidden ? Math.max(everyMs, HIDDEN_MS) : everyMs;
  const usual = tookMs.length < RECENT ? 0 : Math.min(...tookMs.slice(-RECENT));
  return Math.max(least, Math.min(PAUSE_MAX_MS, usual * TOOK_SHARE));
}

/** What became of a question. */
export interface Handlers<T> {
  readonly ask: () => Promise<T>;
  readonly answer: (value: T) => void;
  readonly fail: (failure: Failure) => void;
}

export class Poll<T> {
  readonly #everyMs: number;
  readonly #handlers: Handlers<T>;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tookMs: number[] = [];
  #isAsking = false;
  #isAskedAgain = false;

  /** Asks at once, and then until `end`. */
  constructor(everyMs: number, handlers: Handlers<T>) {
    this.#everyMs = everyMs;
    this.#handlers = handlers;
    const { signal } = this.#ended;
    document.addEventListener("visibilitychange", () => document.hidden || this.now(), { signal });
    void this.#ask();
  }

  /** Asks at once, or after the question that runs. */
  now(): void {
    if (this.#isAsking) this.#isAskedAgain = true;
    else void this.#ask();
  }

  end(): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isAsking = true;
    const from = performance.now();
    try {
      const value = await this.#handlers.ask();
      if (!this.#ended.signal.aborted) this.#handlers.answer(value);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#ended.signal.aborted) this.#handlers.fail(error);
    } finally {
      this.#isAsking = false;
      this.#plan(performance.now() - from);
    }
  }

  #plan(tookMs: number): void {
    if (this.#ended.signal.aborted) return;
    this.#tookMs = [...this.#tookMs, tookMs].slice(-RECENT);
    const wait = this.#isAskedAgain ? 0 : pauseMs(this.#everyMs, this.#tookMs, document.hidden);
    this.#isAskedAgain = false;
    this.#timer = setTimeout(() => void this.#ask(), wait);
  }
}
