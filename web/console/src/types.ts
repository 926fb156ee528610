// The JSON of the operators' API, `GET /admin/…`.

export type RoomState = "gathering" | "matched" | "open" | "started";
export const ROOM_STATES: readonly RoomState[] = ["gathering", "matched", "open", "started"];

export interface Pool {
  readonly pool: string;
  readonly game: string;
  /** Entries of the queue: players, and groups. */
  readonly queued: number;
  /** Queued players whose lobby socket closed. */
  readonly aside: number;
  readonly rooms: Readonly<Record<string, number>>;
  readonly players: number;
  readonly outbox: { readonly length: number; readonly oldest_ms: number };
  /** Why an operator closed it. */
  readonly closed: string | null;
  /** The relay that is its bridge. */
  readonly bridge: string | null;
  /** It has more rooms than were counted. */
  readonly is_partial: boolean;
  /** Who may watch its matches; absent where nobody can. */
  readonly watch?: "off" | "code" | "all";
}

/** The settings of a pool. */
export interface PoolSettings {
  readonly pool: string;
  /** Those that apply now. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those that operators have changed. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface Pools {
  readonly pools: readonly PoolSettings[];
  readonly settings_version: number;
}

export interface Overview {
  readonly pools: readonly Pool[];
  readonly relays: { readonly live: number; readonly rooms_free: number; readonly can_kill: boolean };
}

export interface RoomRow {
  readonly room: string;
  readonly state: RoomState;
  readonly players: number;
  readonly relay?: string;
  readonly epoch: number;
  readonly created_ms: number;
  readonly name?: string;
  readonly visibility?: string;
}

export interface RoomPage {
  readonly rooms: readonly RoomRow[];
  readonly cursor: string | null;
}

export interface Member {
  readonly player_id: string;
  readonly name: string;
  readonly state: string;
  readonly seat: number;
  readonly online: boolean;
  readonly joined_ms: number;
  readonly team: number | null;
}

/** What a player chose for a room. */
export interface Made {
  readonly host: string;
  readonly code: string;
  readonly visibility: string;
  readonly seats: number;
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Ids, separated by commas. */
  readonly kicked: string;
  readonly queued_ms: number | null;
}

export interface Room {
  readonly room: string;
  readonly state: RoomState;
  readonly epoch: number;
  readonly created_ms: number;
  readonly ends_ms: number;
  readonly relay: string | null;
  readonly region: string | null;
  readonly saved_tick: number | null;
  readonly saved_age_ms: number | null;
  readonly saved_bytes: number | null;
  readonly match: string | null;
  readonly groups: string | null;
  readonly free: string | null;
  readonly bots: number;
  readonly made: Made | null;
  readonly members: readonly Member[];
}

/** The state of a running match, by the names of its game's fields. */
export interface MatchState {
  readonly room: string;
  /** Without what its game hides from anybody. */
  readonly is_filtered: boolean;
  readonly state: {
    readonly tick: number;
    /** By player id. */
    readonly players: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    /** The fields of the match itself. */
    readonly match?: Readonly<Record<string, unknown>>;
    /** The entities of a kind. */
    readonly [kind: string]: unknown;
  };
}

export interface Relay {
  readonly relay: string;
  readonly live: boolean;
  /** How long its lease lasts; negative: since when it is over. */
  readonly lease_ms: number;
  readonly url: string;
  readonly rooms: number;
  readonly capacity: number;
  readonly draining: boolean;
  readonly region: string | null;
  readonly boot: string;
}

export interface Ban {
  readonly reason: string;
  /** Seconds since 1970; null: without an end. */
  readonly until_s: number | null;
}

export interface Player {
  readonly player_id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly pool: string | null;
  readonly room: string | null;
  readonly name: string | null;
  readonly position: number | null;
  readonly online: boolean;
  readonly away: boolean;
  readonly expires_ms: number | null;
  readonly connected: boolean;
  readonly claim: string | null;
  readonly ban: Ban | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly at_ms: number;
  readonly operator: string;
  readonly action: string;
  readonly target: string;
  readonly reason: string;
  readonly changed: boolean;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a player reported another one for. */
export interface Report {
  readonly id: string;
  readonly at_ms: number;
  readonly room: string;
  readonly tick: number;
  readonly player_id: string;
  readonly name: string;
  readonly by: string;
  readonly by_name: string;
  readonly reason: string;
}

/** The answer to an act. */
export interface Done {
  readonly changed: boolean;
  readonly before: unknown;
  readonly after: unknown;
}
