// The error classes of the SDK.

/** A problem document (RFC 9457) from the server. */
export interface Problem {
  /** The URN of the kind of problem. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** An explanation of this case. */
  readonly detail?: string;
  /** Further fields, such as `room` of `in-match` and `pool` of `other-pool`. */
  readonly [extension: string]: unknown;
}

/** The server refused a call with a problem document. */
export class ProblemError extends Error {
  override readonly name: string = "ProblemError";
  /** The problem document. */
  readonly problem: Problem;
  /** The value of `Retry-After`, in ms. */
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

  /** The last part of the problem's `type`: `in-match` for `urn:skirmish:problem:in-match`. */
  get slug(): string {
    return this.problem.type.split(":").pop() ?? "";
  }
}

const ROOM_PROBLEMS = [
  "code-unknown",
  "room-full",
  "room-started",
  "match-running",
  "unknown-room",
  "kicked",
  "queued",
  "not-host",
  "not-member",
  "too-few",
  "group-too-large",
  "settings-invalid",
  "not-started",
  "no-match",
] as const;

/**
 * Why a call for a room was refused. `code-unknown`: no room has this code. `room-full`, `room-started`: too late to join it.
 * `kicked`: its host removed this player. `queued`: the player waits elsewhere and did not pass `leave`. `not-host`: only the
 * host may do this. `not-member`: the player is not in the room. `too-few`: the match needs more players. `group-too-large`:
 * the room has more players than a group may have. `settings-invalid`: the pool or its game does not allow the seats, the
 * settings or `meta`. `match-running`: too early for a rematch.
 * `unknown-room`: the room has closed, the match was over too long ago for a rematch, or it cannot be watched. `not-started`: the
 * match cannot be watched yet. `no-match`: the pool has no match to watch now.
 */
export type RoomProblem = (typeof ROOM_PROBLEMS)[number];

/** The server refused a call for a room that players make. `slug` says why. */
export class RoomError extends ProblemError {
  override readonly name = "RoomError";

  override get slug(): RoomProblem {
    return super.slug as RoomProblem;
  }
}

export function isRoomProblem(slug: string): slug is RoomProblem {
  return (ROOM_PROBLEMS as readonly string[]).includes(slug);
}

/** The server cannot be reached, or the connection failed. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
}

/** The package has no WebAssembly of the game. */
export class UnknownGameError extends ConnectionError {}

/** The server answers over HTTP, but no WebSocket opens. A proxy or firewall may block WebSockets. */
export class SocketBlockedError extends ConnectionError {}

/** The answer is not from a Skirmish server, but for example from the server of the page. A later call may succeed. */
export class ForeignAnswerError extends ConnectionError {}

/**
 * A custom message was not confirmed. `reason` is `too_fast` or another reason of the server (not delivered), `not_sent`
 * (the connection or the match ended before it was sent), or `unknown` (the connection ended before the server answered;
 * the message may have been delivered).
 */
export class MessageError extends Error {
  override readonly name = "MessageError";
  /** Why the message was not confirmed. */
  readonly reason: string;
  constructor(reason: string) {
    super(`the message was not confirmed: ${reason}`);
    this.reason = reason;
  }
}

/**
 * A command was not applied, or it is not known whether it was. `reason` is the game's own reason, `too_fast` (more than 20
 * a second, or 32 commands without a result), `not_playing` (the match was over), `unknown_command` or `bad_arguments` (the
 * server runs another version of the game), `not_sent` (the match ended for this player before it was sent), or `unknown`
 * (the match ended for this player before the server answered: it may have been applied).
 */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** The name of the command, such as `play_card`. */
  readonly command: string;
  /** Why the command was not applied, such as `not_your_turn`. */
  readonly reason: string;
  constructor(command: string, reason: string) {
    super(`the command \`${command}\` failed: ${reason}`);
    this.command = command;
    this.reason = reason;
  }
}

/** The file is not a replay, or this version cannot play it. `cause` says why. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  constructor(cause: Error) {
    super(`not a replay that can be played: ${cause.message}`, { cause });
  }
}

/** Another tab or device of the same player took over the connection. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
  constructor() {
    super("another tab or device of this player took over");
  }
}

/** The player was removed from the queue, the room or the match, or the match that they watch has ended. */
export class LeftError extends Error {
  override readonly name = "LeftError";
  /** Why, such as `match_over` or `no_seat`. */
  readonly reason: string;
  constructor(reason: string) {
    super(`out of the lobby: ${reason}`);
    this.reason = reason;
  }
}
