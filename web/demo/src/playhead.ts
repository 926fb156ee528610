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
  readonly ticks: number;
  readonly ticksPerSecond: number;
  readonly moments: readonly GameEvent[];
  tick = 0;
  speed = 1;
  playing = true;

  constructor(ticks: number, ticksPerSecond: number, events: readonly GameEvent[]) {
    this.ticks = ticks;
    this.ticksPerSecond = ticksPerSecond;
    this.moments = events.filter(({ event }) => MOMENTS.has(event));
  }

  get atEnd(): boolean {
    return this.tick >= this.ticks;
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
