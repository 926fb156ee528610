// The values of the last hour, in memory: what the plots show.

/** An hour at one sample in two seconds. */
const SAMPLES_MAX = 1800;
export const SPAN_MS = 3_600_000;

/** A sample of one series; NaN: there was none at this time. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Samples of several series that are taken together. The oldest are overwritten. */
export class History {
  readonly #size: number;
  readonly #times: Float64Array;
  readonly #series = new Map<string, Float64Array>();
  #count = 0;

  constructor(size = SAMPLES_MAX) {
    this.#size = size;
    this.#times = new Float64Array(size);
  }

  /** Adds one sample. A series without a value has a gap here; without any value, all of them have. */
  add(atMs: number, values: Readonly<Record<string, number>>): void {
    const place = this.#count % this.#size;
    this.#times[place] = atMs;
    for (const name of Object.keys(values)) {
      if (!this.#series.has(name)) this.#series.set(name, new Float64Array(this.#size).fill(NaN));
    }
    for (const [name, series] of this.#series) series[place] = values[name] ?? NaN;
    this.#count += 1;
  }

  /** The points of a series that are not older than an hour, in order. */
  points(name: string, nowMs: number): Point[] {
    const series = this.#series.get(name);
    const points: Point[] = [];
    for (let at = Math.max(0, this.#count - this.#size); at < this.#count; at++) {
      const place = at % this.#size;
      const atMs = this.#times[place] ?? 0;
      if (atMs >= nowMs - SPAN_MS) points.push({ atMs, value: series?.[place] ?? NaN });
    }
    return points;
  }
}
