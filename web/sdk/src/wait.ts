// Waiting for a match: by the messages of the lobby socket, and by polling if they do not arrive.
import type { Emitter } from "./emitter.js";
import { ConnectionError, LeftError, ProblemError, SupersededError } from "./errors.js";
import { isPassing } from "./http.js";
import type { LobbyEvents, LobbyState, MatchInfo } from "./lobby-messages.js";
import { ShapeError } from "./shape.js";
import { backoffMs } from "./timing.js";

const POLL_EVERY_MS = 500;
/** After this long without a message, `GET /lobby/me` is polled: a message may be lost. */
const QUIET_MS = 10_000;
/** The same for a countdown that ended this long ago without a match. */
const OVERDUE_MS = 1_500;
/** After this long without any answer, the wait fails. */
const UNREACHABLE_MS = 60_000;

export interface WaitOptions {
  readonly events: Emitter<LobbyEvents>;
  /** Requests the state, and emits the events for what changed. */
  readonly me: () => Promise<LobbyState>;
  readonly signal: AbortSignal | undefined;
}

export class Wait {
  readonly #options: WaitOptions;
  readonly #disposers: (() => void)[] = [];
  #receivedAt = performance.now();
  #answeredAt = performance.now();
  #startsAt: number | undefined;
  #checking = false;
  /** Polls in a row without a result; each one increases the backoff. */
  #emptyPolls = 0;
  #nextCheckAt = -Infinity;
  /** Set when the join succeeded. Before that, the state `out` is expected. */
  #joined = false;
  /** A check is needed as soon as the join succeeded and no other check is running. */
  #needsCheck = false;
  #resolve: (info: MatchInfo) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #matched = new Promise<MatchInfo>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /** Starts to listen, so that messages that arrive during the join count. */
  constructor(options: WaitOptions) {
    this.#options = options;
    // An error before `matched` is called is not unhandled: the caller has its own error then.
    this.#matched.catch(() => undefined);
    const { events, signal } = options;
    const abort = () => this.#reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    const timer = setInterval(() => this.#poll(), POLL_EVERY_MS);
    this.#disposers.push(
      () => signal?.removeEventListener("abort", abort),
      () => clearInterval(timer),
      events.on("match", (info) => this.#resolve(info)),
      events.on("connection", (connection) => {
        if (connection === "superseded") this.#reject(new SupersededError());
        if (connection === "closed") this.#reject(new ConnectionError("the lobby was closed"));
      }),
      events.on("unauthorized", (error) => this.#reject(error)),
      events.on("queued", () => this.#progressed(undefined)),
      events.on("requeued", () => this.#progressed(undefined)),
      events.on("room", () => this.#progressed(this.#startsAt)),
      events.on("countdown", ({ startsAt }) => this.#progressed(startsAt)),
      // Both may be older than the join, so the state on the server decides.
      events.on("removed", () => void this.#check()),
      events.on("state", ({ status }) => {
        if (status === "out" && !this.#checking) void this.#check();
      }),
    );
  }

  /** Called after the join. Resolves with the match; rejects with LeftError, SupersededError or the signal's reason. */
  matched(): Promise<MatchInfo> {
    this.#joined = true;
    this.#receivedAt = this.#answeredAt = performance.now();
    if (this.#needsCheck) void this.#check();
    return this.#matched;
  }

  end(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  #progressed(startsAt: number | undefined): void {
    this.#receivedAt = this.#answeredAt = performance.now();
    this.#emptyPolls = 0;
    this.#startsAt = startsAt;
  }

  #poll(): void {
    const now = performance.now();
    const overdue = this.#startsAt !== undefined && now > this.#startsAt + OVERDUE_MS;
    if (now < this.#nextCheckAt) return;
    if (overdue || now > this.#receivedAt + QUIET_MS) void this.#check();
  }

  async #check(): Promise<void> {
    this.#needsCheck = !this.#joined || this.#checking;
    if (this.#needsCheck) return;
    this.#checking = true;
    this.#receivedAt = performance.now();
    if (this.#startsAt !== undefined) this.#startsAt = this.#receivedAt;
    try {
      const state = await this.#options.me();
      this.#answeredAt = performance.now();
      if (state.status === "out") this.#reject(new LeftError(state.reason ?? "out"));
      this.#nextCheckAt = performance.now() + backoffMs(this.#emptyPolls++);
    } catch (error) {
      const waitMs = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
      this.#nextCheckAt = performance.now() + Math.max(waitMs, 2 * backoffMs(this.#emptyPolls++));
      const passing = isPassing(error) || error instanceof ShapeError;
      if (!passing) this.#reject(error);
      else if (performance.now() > this.#answeredAt + UNREACHABLE_MS) {
        this.#reject(new ConnectionError("the lobby cannot be reached", { cause: error }));
      }
    } finally {
      this.#checking = false;
    }
    if (this.#needsCheck) void this.#check();
  }
}
