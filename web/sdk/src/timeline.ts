// Snapshots in, a moment to draw out: the clock that follows the server, some interpolation delay behind it.
import type { Snapshot } from "./game-messages.js";

const KEPT = 64;
/** How long an arrival counts for the clock. */
const WINDOW_MS = 2_000;
const DELAY_MIN_MS = 50;
const DELAY_MAX_MS = 250;
/** The drawn time runs at most this much faster or slower to follow. */
const DILATION = 0.05;
/** Further off than this, it jumps. */
const SNAP_TICKS = 10;
/** Shots are rewound at most this far. */
const VIEW_MAX_TICKS = 15;
/** How far past the newest snapshot motion is continued, in snapshot intervals. */
const AHEAD_MAX = 1;

/** Two snapshots and how far between them: 0 is `from`, 1 is `to`, beyond 1 is a guess. */
export interface Moment {
  readonly tick: number;
  readonly from: Snapshot;
  readonly to: Snapshot;
  readonly share: number;
}

export class Timeline {
  readonly #msPerTick: number;
  readonly #intervalTicks: number;
  #snapshots: Snapshot[] = [];
  /** When each recent snapshot came, less when its tick would be due: the smallest came fastest. */
  #arrivals: { at: number; offset: number }[] = [];
  #drawn: { tick: number; at: number } | undefined;

  constructor(ticksPerSecond: number, snapshotsPerSecond: number) {
    this.#msPerTick = 1000 / ticksPerSecond;
    this.#intervalTicks = ticksPerSecond / snapshotsPerSecond;
  }

  get newest(): Snapshot | undefined {
    return this.#snapshots.at(-1);
  }

  /** Takes a snapshot that came at `now` (ms); one that is not newer is dropped. */
  push(snapshot: Snapshot, now: number): void {
    const newest = this.newest;
    if (newest && snapshot.tick <= newest.tick) return;
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length > KEPT) this.#snapshots.shift();
    this.#arrivals.push({ at: now, offset: now - snapshot.tick * this.#msPerTick });
    this.#arrivals = this.#arrivals.filter((arrival) => arrival.at > now - WINDOW_MS);
  }

  /** How far behind the server it draws: 1.5 intervals and the jitter seen, in ms. */
  get delayMs(): number {
    const offset = this.#offset();
    if (offset === undefined) return DELAY_MIN_MS;
    const late = this.#arrivals.reduce((sum, arrival) => sum + arrival.offset - offset, 0) / this.#arrivals.length;
    const wanted = 1.5 * this.#intervalTicks * this.#msPerTick + 3 * late;
    return Math.min(DELAY_MAX_MS, Math.max(DELAY_MIN_MS, wanted));
  }

  /** For the server's rewind: the newest snapshot here, and how many ticks behind the server the others are drawn. */
  seen(now: number): { seen: number; view: number } | undefined {
    const server = this.serverTick(now);
    if (!this.newest || !this.#drawn || server === undefined) return undefined;
    const view = server - this.#drawn.tick - (now - this.#drawn.at) / this.#msPerTick;
    return { seen: this.newest.tick, view: Math.min(VIEW_MAX_TICKS, Math.max(0, Math.round(view * 16) / 16)) };
  }

  /** The server's tick as far as is known here at `now`. */
  serverTick(now: number): number | undefined {
    const offset = this.#offset();
    return offset === undefined ? undefined : (now - offset) / this.#msPerTick;
  }

  /** What to draw at `now`; undefined before the first snapshot. */
  at(now: number): Moment | undefined {
    const newest = this.newest;
    if (!newest) return undefined;
    const tick = this.#advance(now, newest);
    let index = this.#snapshots.length - 1;
    while (index > 0 && this.#snapshots[index]!.tick > tick) index--;
    const from = this.#snapshots[index]!;
    const to = this.#snapshots[index + 1];
    if (to) return { tick, from, to, share: Math.max(0, (tick - from.tick) / (to.tick - from.tick)) };
    const before = this.#snapshots[index - 1] ?? from;
    const span = Math.max(1, from.tick - before.tick);
    return { tick, from: before, to: from, share: 1 + Math.min(AHEAD_MAX, Math.max(0, (tick - from.tick) / span)) };
  }

  /** Moves the drawn tick on, smoothly: it never goes back unless it jumps. */
  #advance(now: number, newest: Snapshot): number {
    const server = this.serverTick(now) ?? newest.tick;
    // Nothing is known past the newest snapshot, so a server that stands still is drawn standing still.
    const target = Math.min(server - this.delayMs / this.#msPerTick, newest.tick + AHEAD_MAX * this.#intervalTicks);
    const last = this.#drawn;
    let tick = target;
    if (last && Math.abs(target - last.tick) <= SNAP_TICKS) {
      const elapsed = Math.max(0, now - last.at) / this.#msPerTick;
      const least = last.tick + elapsed * (1 - DILATION);
      const most = last.tick + elapsed * (1 + DILATION);
      tick = Math.max(last.tick, Math.min(most, Math.max(least, target), newest.tick + AHEAD_MAX * this.#intervalTicks));
    }
    this.#drawn = { tick, at: now };
    return tick;
  }

  #offset(): number | undefined {
    if (this.#arrivals.length === 0) return undefined;
    return this.#arrivals.reduce((least, arrival) => Math.min(least, arrival.offset), Infinity);
  }
}
