// Says when the live connection does not come: a proxy may let pages through, and no WebSocket.

/** So long it may take before it is said. */
const LATE_MS = 7_000;

export class LineWatch {
  readonly #say: (late: boolean) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (late: boolean) => void) {
    this.#say = say;
  }

  /** A connection is on its way from now on. */
  expect(): void {
    this.came();
    this.#timer = setTimeout(() => this.#say(true), LATE_MS);
  }

  /** It is there, or nobody waits for it any more. */
  came(): void {
    clearTimeout(this.#timer);
    this.#say(false);
  }
}
