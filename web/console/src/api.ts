// The client of the operators' API.
import type { AuditEntry, Done, Overview, Player, Relay, Room, RoomPage, RoomRow } from "./types.js";

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

  room(room: string): Promise<Room> {
    return this.#call("GET", `rooms/${encodeURIComponent(room)}`);
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
    const headers: Record<string, string> = { accept: "application/json", authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const sent = body === undefined ? null : JSON.stringify(body);
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await this.#fetch(`/admin/${path}`, { method, headers, body: sent, signal, cache: "no-store" });
      text = await response.text();
    } catch {
      throw new Failure(0, "No answer.");
    }
    const json = parsed(text);
    if (!response.ok) throw new Failure(response.status, problem(json) ?? `The server answered ${response.status}.`);
    if (json === undefined) throw new Failure(response.status, "The answer is not JSON.");
    return json as T;
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
