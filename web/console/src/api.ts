// The client of the operators' API.
import type { AuditEntry, Done, MatchState, Overview, Player, Pools, Relay, Report, Room, RoomPage, RoomRow } from "./types.js";

const TIMEOUT_MS = 15_000;
const PAGE_ROOMS = 500;
const RELAYS_MAX = 1000;
/** What the page keeps of one list of rooms. */
export const ROOMS_MAX = 20_000;
/** A page of a large pool may have few rooms of a state. */
const PAGES_MAX = 200;

/** Why a call failed. */
export class Failure extends Error {
  /** 0: there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** No answer, or one of the front door in place of the service. */
  get isLost(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

/** Rooms of several pages. */
export interface Rooms {
  readonly rooms: readonly RoomRow[];
  /** There are more than the page keeps. */
  readonly isPartial: boolean;
}

export class Api {
  readonly #token: string;
  readonly #fetch: typeof fetch;

  constructor(token: string, through: typeof fetch = (input, init) => fetch(input, init)) {
    this.#token = token;
    this.#fetch = through;
  }

  overview(): Promise<Overview> {
    return this.#call("GET", "overview");
  }

  /** The settings of all pools, now. */
  pools(): Promise<Pools> {
    return this.#call("GET", "pools");
  }

  room(room: string): Promise<Room> {
    return this.#call("GET", `rooms/${encodeURIComponent(room)}`);
  }

  /** The state of a running match, now. */
  matchState(room: string): Promise<MatchState> {
    return this.#call("GET", `rooms/${encodeURIComponent(room)}/state`);
  }

  player(player: string): Promise<Player> {
    return this.#call("GET", `players/${encodeURIComponent(player)}`);
  }

  async relays(): Promise<readonly Relay[]> {
    const { relays } = await this.#call<{ relays: Relay[] }>("GET", `relays?limit=${RELAYS_MAX}`);
    return relays;
  }

  /** The last entries, the newest first. */
  async audit(limit: number): Promise<readonly AuditEntry[]> {
    const { entries } = await this.#call<{ entries: AuditEntry[] }>("GET", `audit?limit=${limit}`);
    return entries;
  }

  /** The entries after this one, the oldest first. */
  async auditAfter(id: string, limit: number): Promise<readonly AuditEntry[]> {
    const { entries } = await this.#call<{ entries: AuditEntry[] }>("GET", `audit?after=${id}&limit=${limit}`);
    return entries;
  }

  /** The last reports of these pools, of each at most this many; the newest first. */
  async reports(pools: readonly string[], limit: number): Promise<readonly Report[]> {
    const path = (pool: string) => `reports?${new URLSearchParams({ pool, limit: String(limit) })}`;
    const answers = await Promise.all(pools.map((pool) => this.#call<{ reports: Report[] }>("GET", path(pool))));
    return answers.flatMap(({ reports }) => reports).sort((a, b) => b.at_ms - a.at_ms);
  }

  /** The replay file of a match, running or over. */
  replay(room: string): Promise<Uint8Array> {
    return this.#bytes("GET", `rooms/${encodeURIComponent(room)}/replay`);
  }

  /** All rooms of these pools, page by page, each room once. `onPart` gets what has arrived after each page. */
  async rooms(pools: readonly string[], state: string, onPart?: (part: Rooms) => void): Promise<Rooms> {
    const found = new Map<string, RoomRow>();
    let pages = 0;
    for (const pool of pools) {
      let cursor: string | null = "";
      while (cursor !== null) {
        const query = new URLSearchParams({ pool, limit: String(PAGE_ROOMS) });
        if (state) query.set("state", state);
        if (cursor) query.set("cursor", cursor);
        const page: RoomPage = await this.#call<RoomPage>("GET", `rooms?${query}`);
        for (const row of page.rooms) found.set(row.room, row);
        cursor = page.cursor;
        if (found.size >= ROOMS_MAX || ++pages >= PAGES_MAX) return { rooms: [...found.values()], isPartial: cursor !== null };
        onPart?.({ rooms: [...found.values()], isPartial: cursor !== null });
      }
    }
    return { rooms: [...found.values()], isPartial: false };
  }

  /** `path` is `<kind>/<target>/<action>`. */
  act(path: string, body: Readonly<Record<string, unknown>>): Promise<Done> {
    return this.#call("POST", path, body);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const json = parsed(new TextDecoder().decode(await this.#bytes(method, path, body)));
    if (json === undefined) throw new Failure(200, "The answer is not JSON.");
    return json as T;
  }

  async #bytes(method: string, path: string, body?: unknown): Promise<Uint8Array> {
    const headers: Record<string, string> = { accept: "*/*", authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = body === undefined ? null : JSON.stringify(body);
    let response: Response;
    let bytes: Uint8Array;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await this.#fetch(`/admin/${path}`, { method, headers, body: sent, signal, cache: "no-store" });
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch {
      throw new Failure(0, "No answer.");
    }
    if (response.ok) return bytes;
    const json = parsed(new TextDecoder().decode(bytes));
    throw new Failure(response.status, problem(json) ?? `The server answered ${response.status}.`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of a problem document (RFC 9457). */
function problem(json: unknown): string | undefined {
  const { title, detail } = (json ?? {}) as { title?: unknown; detail?: unknown };
  if (typeof detail === "string") return detail;
  return typeof title === "string" ? title : undefined;
}
