// Commands of the player: each is sent, and sent again after a reconnect, until the server has answered it.
import type { CommandKind } from "./description.js";
import { CommandError } from "./errors.js";
import type { Result } from "./game-messages.js";
import { RateLimit } from "./rate-limit.js";

/** The maximum of commands without a result. The server remembers as many results of a player. */
const PENDING_MAX = 32;
/** The server accepts bursts of 20 and then 20 a second. A lower rate leaves room for jitter. */
const BURST = 16;
const EVERY_MS = 52;
/** The maximum of commands in flight: a match that waits for its players accepts 20. */
const IN_FLIGHT_MAX = 16;
const TEXT_MAX = 200;
const MESSAGE_BYTES_MAX = 1024;
const IDS = 2 ** 32;

/** The game applied a command. */
export interface Applied {
  /** The tick of the match at which the command was applied. */
  readonly tick: number;
}

interface Pending {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  readonly resolve: (applied: Applied) => void;
  readonly reject: (error: CommandError) => void;
  /** Whether it was sent, on this connection or an earlier one. */
  wasSent: boolean;
}

/** The queue of outgoing commands. */
export class Commands {
  /** Sends a text; returns false if there is no connection. */
  readonly #send: (text: string) => boolean;
  readonly #rate = new RateLimit(BURST, EVERY_MS);
  /** The server remembers the ids of earlier pages of this player, so the first one is random. */
  #nextId = Math.floor(Math.random() * IDS);
  /** The commands without a result, in order. */
  #pending: Pending[] = [];
  /** The newest applied commands with their ticks: a match that continues from an earlier tick has lost the later ones. */
  #applied: { readonly tick: number; readonly pending: Pending }[] = [];
  /** How many of `#pending`, from the first one on, were sent on this connection. */
  #inFlight = 0;
  /** False before the server has welcomed the player on this connection. */
  #isOpen = false;
  #hasEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  /**
   * Sends a command, now or as soon as the connection and the rate limit allow it.
   *
   * @throws TypeError or RangeError if the game has no such command, or not with these arguments.
   */
  put(kinds: readonly CommandKind[], name: string, args: unknown, text: unknown): Promise<Applied> {
    const id = this.#nextId;
    const message = messageOf(kinds, id, name, args, text);
    const applied = new Promise<Applied>((resolve, reject) => {
      if (this.#hasEnded) return reject(new CommandError(name, "not_sent"));
      if (this.#pending.length >= PENDING_MAX) return reject(new CommandError(name, "too_fast"));
      this.#nextId = (id + 1) % IDS;
      this.#pending.push({ id, name, text: message, resolve, reject, wasSent: false });
    });
    // An ignored promise must not cause an unhandled rejection.
    applied.catch(() => undefined);
    this.#flush();
    return applied;
  }

  /**
   * The server has welcomed the player on a new connection, and this is the newest tick of the match. Sends all commands
   * without a result in that match, in order.
   */
  open(tick: number): void {
    const undone = this.#applied.filter((applied) => applied.tick > tick);
    this.#pending.unshift(...undone.map(({ pending }) => pending));
    this.#applied = [];
    this.#isOpen = true;
    this.#flush();
  }

  /** The connection ended. The commands wait for the next one. */
  drop(): void {
    this.#isOpen = false;
    this.#inFlight = 0;
    this.#stop();
  }

  /** Resolves or rejects a command with the server's result. */
  settle(id: number, result: Result): void {
    const at = this.#pending.findIndex((pending) => pending.id === id);
    const [pending] = at < 0 || at >= this.#inFlight ? [] : this.#pending.splice(at, 1);
    if (!pending) return;
    this.#inFlight--;
    if ("tick" in result) {
      pending.resolve({ tick: result.tick });
      this.#applied.push({ tick: result.tick, pending });
      if (this.#applied.length > PENDING_MAX) this.#applied.shift();
    } else pending.reject(new CommandError(pending.name, result.reason));
    this.#flush();
  }

  /** The match ended for this player: rejects all commands without a result. */
  end(): void {
    this.#hasEnded = true;
    this.drop();
    for (const { name, reject, wasSent } of this.#pending.splice(0)) {
      reject(new CommandError(name, wasSent ? "unknown" : "not_sent"));
    }
  }

  #flush(): void {
    this.#stop();
    while (this.#isOpen && this.#inFlight < IN_FLIGHT_MAX) {
      const next = this.#pending[this.#inFlight];
      if (!next) return;
      const waitMs = this.#rate.waitMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs);
        return;
      }
      // The connection is closing: `drop` follows.
      if (!this.#send(next.text)) return;
      next.wasSent = true;
      this.#inFlight++;
      this.#rate.count();
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function messageOf(kinds: readonly CommandKind[], id: number, name: string, args: unknown, text: unknown): string {
  const kind = kinds.find(([known]) => known === name);
  if (!kind) throw new RangeError(`the game has no command \`${name}\`; it has ${listed(kinds.map(([known]) => known))}`);
  const [, names, hasText] = kind;
  checkArgs(name, names, args);
  checkText(name, hasText, text);
  const fields = { type: "command", id, name, args, ...(hasText ? { text } : {}) };
  const message = JSON.stringify(fields);
  if (new TextEncoder().encode(message).length > MESSAGE_BYTES_MAX) throw new RangeError(`the text of \`${name}\` is too long`);
  return message;
}

function checkArgs(name: string, names: readonly string[], args: unknown): void {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    throw new TypeError(`the arguments of \`${name}\` must be an object, such as { ${names[0] ?? "card"}: 1 }`);
  }
  const given = args as Readonly<Record<string, unknown>>;
  const other = Object.keys(given).find((key) => !names.includes(key));
  if (other !== undefined) throw new RangeError(`\`${name}\` has no argument \`${other}\`; it has ${listed(names)}`);
  for (const argument of names) {
    const value = given[argument];
    if (typeof value !== "number") throw new TypeError(`\`${argument}\` of \`${name}\` must be a number`);
    if (!Number.isSafeInteger(value)) throw new RangeError(`\`${argument}\` of \`${name}\` must be an integer`);
  }
}

function checkText(name: string, hasText: boolean, text: unknown): void {
  if (typeof text !== "string") throw new TypeError(`the text of \`${name}\` must be a string`);
  if (!hasText && text !== "") throw new RangeError(`\`${name}\` has no text`);
  if ([...text].length > TEXT_MAX) throw new RangeError(`the text of \`${name}\` must have at most ${TEXT_MAX} characters`);
  if (/\p{Cs}/u.test(text)) throw new RangeError(`the text of \`${name}\` has half of a surrogate pair`);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `\`${name}\``).join(", ");
}
