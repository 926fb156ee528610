// What can go wrong, as classes a program can tell apart.

/** A problem document (RFC 9457) as the server sent it. */
export interface Problem {
  /** A URN that names the kind of problem. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong in this case, in words. */
  readonly detail?: string;
  /** Extensions, such as `room` of `in-match` and `pool` of `other-pool`. */
  readonly [extension: string]: unknown;
}

/** The server answered with a problem document. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** The whole document. */
  readonly problem: Problem;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** The HTTP status. */
  get status(): number {
    return this.problem.status;
  }

  /** The end of the problem's `type`: `in-match` of `urn:skirmish:problem:in-match`. */
  get slug(): string {
    return this.problem.type.split(":").pop() ?? "";
  }
}

/** The server could not be reached, or broke off. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
}

/** The server answers over HTTP, but no WebSocket opens: something on the way may block them. */
export class SocketBlockedError extends ConnectionError {}

/** Something answered that is no Skirmish server, such as a page's own server. Later it may be the right one again. */
export class ForeignAnswerError extends ConnectionError {}

/**
 * What became of a message of the game's own that was not delivered, as `reason`: `too_fast` or another word of the server's
 * (not delivered), `not_sent` (the connection or the match ended first), `unknown` (it ended before the server answered: the
 * message may have been delivered).
 */
export class MessageError extends Error {
  override readonly name = "MessageError";
  /** What became of it. */
  readonly reason: string;
  constructor(reason: string) {
    super(`the message was not confirmed: ${reason}`);
    this.reason = reason;
  }
}

/** This is no replay, or none that this version can play; `cause` says why. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  constructor(cause: Error) {
    super(`not a replay that can be played: ${cause.message}`, { cause });
  }
}

/** Another tab or device of the same player took over. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
  constructor() {
    super("another tab or device of this player took over");
  }
}

/** The player is out of the queue, the room or the match without having asked; `reason` says why. */
export class LeftError extends Error {
  override readonly name = "LeftError";
  /** Such as `match_over` or `no_seat`. */
  readonly reason: string;
  constructor(reason: string) {
    super(`out of the lobby: ${reason}`);
    this.reason = reason;
  }
}
