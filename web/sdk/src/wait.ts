// Waiting for a match: what was pushed, and a look of its own where pushes stay away.
import type { Emitter } from "./emitter.js";
import { ConnectionError, LeftError, ProblemError, SupersededError } from "./errors.js";
import { isPassing } from "./http.js";
import type { LobbyEvents, LobbyState, MatchInfo } from "./lobby-messages.js";
import { ShapeError } from "./shape.js";
import { backoffMs } from "./timing.js";

const LOOK_EVERY_MS = 500;
/** Silence of this long is checked against `GET /lobby/me`: a push may be lost. */
const QUIET_MS = 10_000;
/** So is a countdown that ended this long ago without a match. */
const OVERDUE_MS = 1_500;
/** Without any answer for this long, waiting is over. */
const UNREACHABLE_MS = 60_000;

export interface WaitOptions {
  readonly events: Emitter<LobbyEvents>;
  /** Asks for the state, and tells the listeners what is new in it. */
  readonly me: () => Promise<LobbyState>;
  readonly signal: AbortSignal | undefined;
}

export class Wait {
  readonly #options: WaitOptions;
  readonly #disposers: (() => void)[] = [];
  #heardAt = performance.now();
  #answeredAt = performance.now();
  #startsAt: number | undefined;
  #asking = false;
  /** Questions in a row that brought nothing: each one more makes the next one wait longer. */
  #vain = 0;
  #askAgainAt = -Infinity;
  /** Set once the queue has us: before that, being out is no news. */
  #joined = false;
  /** Something may be wrong; to be checked once the queue has us, and no answer is on its way. */
  #doubted = false;
  #resolve: (info: MatchInfo) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #matched = new Promise<MatchInfo>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /** Listens from now on, so that what is told while the join is on its way counts. */
  constructor(options: WaitOptions) {
    this.#options = options;
    // Where something fails before the match is asked for, that is the error.
    this.#matched.catch(() => undefined);
    const { events, signal } = options;
    const abort = () => this.#reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    const timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#disposers.push(
      () => signal?.removeEventListener("abort", abort),
      () => clearInterval(timer),
      events.on("match", (info) => this.#resolve(info)),
      events.on("connection", (connection) => {
        if (connection === "superseded") this.#reject(new SupersededError());
        if (connection === "closed") this.#reject(new ConnectionError("the lobby was closed"));
      }),
      events.on("unauthorized", (error) => this.#reject(error)),
      events.on("queued", () => this.#heard(undefined)),
      events.on("requeued", () => this.#heard(undefined)),
      events.on("room", () => this.#heard(this.#startsAt)),
      events.on("countdown", ({ startsAt }) => this.#heard(startsAt)),
      // Both may be older than the join: the true state decides.
      events.on("removed", () => void this.#check()),
      events.on("state", ({ status }) => {
        if (status === "out" && !this.#asking) void this.#check();
      }),
    );
  }

  /** The player has joined: resolves with the match, rejects with LeftError, SupersededError or the signal's reason. */
  matched(): Promise<MatchInfo> {
    this.#joined = true;
    this.#heardAt = this.#answeredAt = performance.now();
    if (this.#doubted) void this.#check();
    return this.#matched;
  }

  end(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  #heard(startsAt: number | undefined): void {
    this.#heardAt = this.#answeredAt = performance.now();
    this.#vain = 0;
    this.#startsAt = startsAt;
  }

  #look(): void {
    const now = performance.now();
    const overdue = this.#startsAt !== undefined && now > this.#startsAt + OVERDUE_MS;
    if (now < this.#askAgainAt) return;
    if (overdue || now > this.#heardAt + QUIET_MS) void this.#check();
  }

  async #check(): Promise<void> {
    this.#doubted = !this.#joined || this.#asking;
    if (this.#doubted) return;
    this.#asking = true;
    this.#heardAt = performance.now();
    if (this.#startsAt !== undefined) this.#startsAt = this.#heardAt;
    try {
      const state = await this.#options.me();
      this.#answeredAt = performance.now();
      if (state.status === "out") this.#reject(new LeftError(state.reason ?? "out"));
      this.#askAgainAt = performance.now() + backoffMs(this.#vain++);
    } catch (error) {
      const waitMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
      this.#askAgainAt = performance.now() + Math.max(waitMs, 2 * backoffMs(this.#vain++));
      const passing = isPassing(error) || error instanceof ShapeError;
      if (!passing) this.#reject(error);
      else if (performance.now() > this.#answeredAt + UNREACHABLE_MS) {
        this.#reject(new ConnectionError("the lobby cannot be reached", { cause: error }));
      }
    } finally {
      this.#asking = false;
    }
    if (this.#doubted) void this.#check();
  }
}
