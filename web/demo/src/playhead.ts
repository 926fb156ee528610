// The playhead of a replay: position, speed, and the events to jump to.
import type { GameEvent } from "@skirmish/sdk";

export const SPEEDS = [0.5, 1, 2, 4] as const;
/** The events that a viewer can jump to. */
const MOMENTS: ReadonlySet<string> = new Set(["kill", "tag"]);
/** A jump stops this long before its event. */
const LEAD_S = 1;
/** A jump back skips an event that started this recently. */
const RECENT_S = 0.75;

export class Playhead {
  readonly ticksPerSecond: number;
  readonly moments: GameEvent[] = [];
  ticks = 0;
  tick = 0;
  speed = 1;
  playing = true;
  /** The number of events that were searched for moments. */
  #known = 0;

  constructor(ticksPerSecond: number) {
    this.ticksPerSecond = ticksPerSecond;
  }

  get atEnd(): boolean {
    return this.tick >= this.ticks;
  }

  /** Sets the last tick and the events so far. Returns the new moments. */
  grow(ticks: number, events: readonly GameEvent[]): readonly GameEvent[] {
    this.ticks = ticks;
    const found = events.slice(this.#known).filter(({ event }) => MOMENTS.has(event));
    this.#known = events.length;
    this.moments.push(...found);
    return found;
  }

  /** Advances the playhead. */
  run(elapsedMs: number): void {
    if (!this.playing) return;
    this.tick = Math.min(this.ticks, this.tick + (elapsedMs / 1000) * this.ticksPerSecond * this.speed);
    if (this.atEnd) this.playing = false;
  }

  /** Pauses or plays; at the end, plays from the start. */
  toggle(): void {
    if (!this.playing && this.atEnd) this.tick = 0;
    this.playing = !this.playing;
  }

  goTo(tick: number): void {
    this.tick = Math.min(this.ticks, Math.max(0, tick));
    if (this.atEnd) this.playing = false;
  }

  /** Jumps to just before the next event (1) or the previous one (-1). Returns false if there is none. */
  jump(way: 1 | -1): boolean {
    const starts = this.moments.map(({ tick }) => Math.max(0, tick - LEAD_S * this.ticksPerSecond));
    const onwards = starts.find((tick) => tick > this.tick + 1);
    const back = starts.filter((tick) => tick < this.tick - RECENT_S * this.ticksPerSecond).at(-1) ?? 0;
    const to = way > 0 ? onwards : back;
    if (to !== undefined) this.goTo(to);
    return to !== undefined;
  }

  /** Selects the next faster (1) or slower (-1) speed. */
  shift(way: 1 | -1): void {
    const at = SPEEDS.findIndex((speed) => speed === this.speed);
    this.speed = SPEEDS[at + way] ?? this.speed;
  }
}
