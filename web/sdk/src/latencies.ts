// The latencies to the regions of a deployment: measured in the background, and sent with joins.
import type { Http } from "./http.js";
import { fields, text } from "./shape.js";

/** The minimum time between two measurements; a measurement begins with a join. */
const EVERY_MS = 5 * 60_000;
/** The number of sequential requests to a region. The shortest time counts, because the first request also opens the connection. */
const PINGS = 4;
const PING_TIMEOUT_MS = 2_000;
/** The limits of the server. */
const REGIONS_MAX = 16;
const LATENCY_MAX_MS = 10_000;

/** The latency to each region, in whole ms. */
export type RegionLatencies = Readonly<Record<string, number>>;

export class Latencies {
  readonly #http: Http;
  /** Without a trailing slash. */
  readonly #base: string;
  #known: RegionLatencies | undefined;
  /** The latencies of the last join. `null`: the player has not joined. */
  #joinedWith: RegionLatencies | undefined | null = null;
  #begunAt = Number.NEGATIVE_INFINITY;

  constructor(http: Http, base: string) {
    this.#http = http;
    this.#base = base;
  }

  /** Measures in the background, unless there was a measurement in the last five minutes. */
  refresh(): void {
    if (performance.now() - this.#begunAt < EVERY_MS) return;
    this.#begunAt = performance.now();
    // Without latencies a match starts in any region.
    this.#measure().catch(() => undefined);
  }

  /** Makes a call that takes a seat or joins the queue, with the known latencies. Later measurements are sent afterwards. */
  async join<T>(call: (known: { readonly latencies?: RegionLatencies }) => Promise<T>): Promise<T> {
    this.refresh();
    const known = this.#known;
    const joined = await call(known ? { latencies: known } : {});
    this.#joinedWith = known;
    this.#send();
    return joined;
  }

  /** Sends the latencies. The lobby accepts them from a player who waits, and ignores others. */
  #send(): void {
    const latencies = this.#known;
    if (!latencies || this.#joinedWith === null || this.#joinedWith === latencies) return;
    this.#joinedWith = latencies;
    this.#http.call("PATCH", "/lobby/me", { body: { latencies } }).catch(() => undefined);
  }

  async #measure(): Promise<void> {
    const regions = fields(fields(await this.#http.call("GET", "/lobby/regions"))["regions"]);
    const all = Object.entries(regions).slice(0, REGIONS_MAX);
    const measured = await Promise.all(
      all.map(async ([region, value]) => {
        const ping = text(fields(value)["ping"]);
        return [region, await latencyOf(ping.startsWith("/") ? this.#base + ping : ping)] as const;
      }),
    );
    const known = measured.filter((entry): entry is readonly [string, number] => entry[1] !== undefined);
    if (known.length === 0) return;
    this.#known = Object.fromEntries(known);
    this.#send();
  }
}

/** The shortest of several round trips. Undefined if one fails. */
async function latencyOf(url: string): Promise<number | undefined> {
  let least = LATENCY_MAX_MS;
  for (let i = 0; i < PINGS; i++) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), PING_TIMEOUT_MS);
    const begun = performance.now();
    try {
      const { ok } = await fetch(url, { method: "GET", cache: "no-store", credentials: "omit", signal: controller.signal });
      if (!ok) return undefined;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
    least = Math.min(least, performance.now() - begun);
  }
  return Math.round(least);
}
