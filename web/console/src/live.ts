// The overview that every view shares: polled while the console is open, with its values of the last hour.
import type { Api, Failure } from "./api.js";
import { History } from "./history.js";
import { Poll } from "./poll.js";
import type { Overview } from "./types.js";

const EVERY_MS = 2000;

/** What the plots show of all pools. */
export interface Totals {
  readonly players: number;
  readonly queued: number;
  readonly rooms: number;
  readonly started: number;
  readonly relays: number;
  readonly free: number;
  readonly outbox: number;
  /** The age of the oldest message of any pool. */
  readonly oldestMs: number;
}

export class Live {
  readonly history = new History();
  overview: Overview | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #poll: Poll<Overview>;

  constructor(api: Api, report: (failure: Failure | undefined) => void) {
    this.#poll = new Poll(EVERY_MS, {
      ask: () => api.overview(),
      answer: (overview) => {
        report(undefined);
        this.overview = overview;
        this.history.add(Date.now(), values(overview));
        this.#notify();
      },
      fail: (failure) => {
        report(failure);
        this.history.add(Date.now(), {});
        this.#notify();
      },
    });
  }

  /** Calls after each answer and each failure, until the function that it returns is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  now(): void {
    this.#poll.now();
  }

  end(): void {
    this.#poll.end();
    this.#listeners.clear();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function totals({ pools, relays }: Overview): Totals {
  const sum = (of: (pool: Overview["pools"][number]) => number) => pools.reduce((all, pool) => all + of(pool), 0);
  return {
    players: sum((pool) => pool.players),
    queued: sum((pool) => pool.queued),
    rooms: sum((pool) => roomsOf(pool.rooms)),
    started: sum((pool) => pool.rooms["started"] ?? 0),
    relays: relays.live,
    free: relays.rooms_free,
    outbox: sum((pool) => pool.outbox.length),
    oldestMs: pools.reduce((most, pool) => Math.max(most, pool.outbox.oldest_ms), 0),
  };
}

/** The rooms of all states. */
export function roomsOf(states: Readonly<Record<string, number>>): number {
  return Object.values(states).reduce((all, rooms) => all + rooms, 0);
}

/** The name of the series of a pool's players. */
export function seriesOf(pool: string): string {
  return `players of ${pool}`;
}

function values(overview: Overview): Record<string, number> {
  const values: Record<string, number> = { ...totals(overview) };
  for (const { pool, players } of overview.pools) values[seriesOf(pool)] = players;
  return values;
}
