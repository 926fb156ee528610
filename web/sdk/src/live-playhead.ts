// The playhead of a match that is watched while it runs. Ticks arrive in bursts. The playhead runs at the rate of the match, far
// enough behind the newest tick that the next burst arrives in time.

/** The distance to the newest tick when that tick arrives: the server saves a match every 2 s, and the network may be late. */
const BEHIND_S = 2.5;
/** The playhead corrects this share of its error per second… */
const GAIN = 0.2;
/** … but runs faster or slower than the match by at most this much… */
const ADJUST_MAX = 0.1;
/** … and jumps ahead if it is this far behind. */
const JUMP_S = 2;

export class LivePlayhead {
  readonly #ticksPerSecond: number;
  #tick = 0;
  #isLive = true;
  #isOver = false;
  #newest = 0;
  /** The arrival time of the newest tick, ms. */
  #newestAt: number | undefined;
  #ranAt: number | undefined;

  constructor(ticksPerSecond: number) {
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** The current tick, with a fraction. */
  get tick(): number {
    return this.#tick;
  }

  /** Whether it follows the match. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Handles the arrival of the ticks up to this one. */
  arrived(newest: number, now: number): void {
    const isFirst = this.#newestAt === undefined;
    if (newest <= this.#newest && !isFirst) return;
    this.#newest = newest;
    this.#newestAt = now;
    if (isFirst) this.#tick = this.liveTick(now);
  }

  /** The match is over: no more ticks arrive. */
  end(): void {
    this.#isOver = true;
  }

  /** The tick that a live view shows at this moment. */
  liveTick(now: number): number {
    return this.#isOver ? this.#newest : this.#limited(this.#target(now));
  }

  /** Moves to a tick, and continues from there. */
  seek(tick: number): void {
    this.#isLive = false;
    this.#tick = this.#limited(Number.isFinite(tick) ? tick : 0);
  }

  /** Moves to the live tick, and follows the match from there. */
  live(now: number): void {
    this.#tick = this.liveTick(now);
    this.#isLive = !this.#isOver;
    this.#ranAt = now;
  }

  /** Advances to `now`. */
  run(now: number): void {
    const ticks = (Math.max(0, now - (this.#ranAt ?? now)) / 1000) * this.#ticksPerSecond;
    this.#ranAt = now;
    const to = this.#isLive && !this.#isOver ? this.#followed(now, ticks) : this.#tick + ticks;
    this.#tick = this.#limited(Math.max(this.#tick, to));
    if (this.#isOver && this.#tick >= this.#newest) this.#isLive = false;
  }

  /** The position of a live playhead after this time. */
  #followed(now: number, ticks: number): number {
    const target = this.#target(now);
    // At the start of a match, wait until enough of it has arrived.
    if (this.#tick === 0 && target <= 0) return 0;
    const behindS = (target - this.#tick - ticks) / this.#ticksPerSecond;
    if (behindS > JUMP_S) return target;
    const adjust = Math.min(ADJUST_MAX, Math.max(-ADJUST_MAX, GAIN * behindS));
    return this.#tick + ticks * (1 + adjust);
  }

  #target(now: number): number {
    const elapsedS = (now - (this.#newestAt ?? now)) / 1000;
    return this.#newest + (elapsedS - BEHIND_S) * this.#ticksPerSecond;
  }

  #limited(tick: number): number {
    return Math.min(this.#newest, Math.max(0, tick));
  }
}
