// What an operator can do: what each act says before, which role it needs, and what it sends.
import { count, counted, until } from "./format.js";
import type { Role } from "./token.js";
import type { Done, Member, Player, Pool, PoolSettings, Relay, Room } from "./types.js";

export interface Act {
  readonly role: Role;
  /** Of the dialog: `Close pool main`. */
  readonly title: string;
  /** What will happen. */
  readonly effect: string;
  /** Of the button that does it. */
  readonly confirm: string;
  readonly isDangerous: boolean;
  /** Players see the reason. */
  readonly isReasonShown: boolean;
  /** The act lasts for a time. */
  readonly hasLength: boolean;
  /** The settings of a pool as JSON: those that apply now, and the overrides, which the operator edits. */
  readonly settings?: { readonly now: string; readonly overrides: string };
  /** `<kind>/<target>/<action>` below `/admin/`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What was done, in a sentence. */
  readonly done: (done: Done) => string;
}

/** The lengths of a ban, in seconds; 0: without an end. */
export const LENGTHS: readonly { readonly label: string; readonly seconds: number }[] = [
  { label: "1 hour", seconds: 3600 },
  { label: "1 day", seconds: 86_400 },
  { label: "7 days", seconds: 7 * 86_400 },
  { label: "30 days", seconds: 30 * 86_400 },
  { label: "1 year", seconds: 365 * 86_400 },
  { label: "ever", seconds: 0 },
];

/** The part of a ban's body that says how long it lasts. */
export function lengthBody(seconds: number, nowMs: number): Record<string, unknown> {
  return seconds === 0 ? { forever: true } : { until_s: Math.floor(nowMs / 1000) + seconds };
}

export function closePool(pool: Pool): Act {
  const stay = pool.players === 0 ? "It has none now." : `It has ${count(pool.players)} now: they stay, and their matches go on.`;
  return {
    ...PLAIN,
    title: `Close pool ${pool.pool}`,
    effect: `No more players can enter the pool until it is opened again: not its queue, and none of its rooms. ${stay}`,
    confirm: "Close pool",
    isReasonShown: true,
    path: `pools/${pool.pool}/close`,
    done: ({ changed }) => (changed ? `Pool ${pool.pool} is closed.` : `Pool ${pool.pool} was closed for the same reason.`),
  };
}

export function openPool(pool: Pool): Act {
  return {
    ...PLAIN,
    title: `Open pool ${pool.pool}`,
    effect: `Players can enter the pool again. It is closed for this reason: ${pool.closed ?? "–"}`,
    confirm: "Open pool",
    isDangerous: false,
    path: `pools/${pool.pool}/open`,
    done: ({ changed }) => (changed ? `Pool ${pool.pool} is open.` : `Pool ${pool.pool} was open.`),
  };
}

/** `version` is the version of the settings that the operator sees. */
export function changePool({ pool, settings, overrides }: PoolSettings, version: number): Act {
  return {
    ...PLAIN,
    title: `Settings of pool ${pool}`,
    effect: `These settings take the place of those in POOLS; {} restores POOLS. New rooms have them, without a restart.`,
    confirm: "Change settings",
    isDangerous: false,
    settings: { now: lines(settings), overrides: lines(overrides) },
    path: `pools/${pool}/settings`,
    body: { settings_version: version },
    done: ({ changed }) => (changed ? `The settings of pool ${pool} have changed.` : `Pool ${pool} had these settings.`),
  };
}

function lines(settings: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(settings, undefined, 2);
}

/** The part of a change's body that has the overrides. Undefined: the text is no JSON object. */
export function overridesBody(text: string): Record<string, unknown> | undefined {
  try {
    const overrides: unknown = JSON.parse(text);
    const isObject = typeof overrides === "object" && overrides !== null && !Array.isArray(overrides);
    return isObject ? { overrides } : undefined;
  } catch {
    return undefined;
  }
}

export function endRoom(room: Room): Act {
  const what = room.state === "started" ? "The match ends without a result." : "The room closes.";
  const players = room.members.length === 0 ? "It has no players." : `All players in it (${room.members.length}) are out, and can join the queue again.`;
  return {
    ...PLAIN,
    title: `End room ${room.room}`,
    effect: `${what} ${players}`,
    confirm: "End room",
    path: `rooms/${room.room}/end`,
    done: ({ changed }) => (changed ? `Room ${room.room} has ended.` : `Room ${room.room} had ended.`),
  };
}

export function kick(room: Pick<Room, "room" | "state">, member: Pick<Member, "player_id" | "name">): Act {
  const name = member.name || "The player";
  const again = room.state === "gathering" ? "They cannot come back to this room" : "They may join the queue again";
  return {
    ...PLAIN,
    role: "moderate",
    title: `Kick ${member.name || member.player_id}`,
    effect: `${name} leaves room ${room.room} at once. ${again}. Only a ban keeps them out.`,
    confirm: "Kick",
    path: `rooms/${room.room}/kick`,
    body: { player_id: member.player_id },
    done: ({ changed }) => (changed ? `${name} was kicked.` : `${name} had left the room.`),
  };
}

export function ban(player: Pick<Player, "player_id" | "name">): Act {
  const name = player.name || "The player";
  return {
    ...PLAIN,
    role: "moderate",
    title: `Ban ${player.name || player.player_id}`,
    effect: `${name} leaves the queue, the room or the match at once, and cannot come back until the ban ends. It replaces an earlier ban.`,
    confirm: "Ban",
    isReasonShown: true,
    hasLength: true,
    path: `players/${player.player_id}/ban`,
    done: ({ after }) => `${name} is banned.${whereFrom(after)}`,
  };
}

export function unban(player: Player): Act {
  const name = player.name || "The player";
  const end = player.ban?.until_s ?? undefined;
  const ends = end === undefined ? "has no end" : `would end ${until(end * 1000, Date.now())}`;
  return {
    ...PLAIN,
    role: "moderate",
    title: `Unban ${player.name || player.player_id}`,
    effect: `${name} can join again. The ban ${ends}. Its reason: ${player.ban?.reason ?? "–"}`,
    confirm: "Unban",
    isDangerous: false,
    path: `players/${player.player_id}/unban`,
    done: ({ changed }) => (changed ? `${name} is not banned any more.` : `${name} was not banned.`),
  };
}

export function drain(relay: Relay): Act {
  const rooms = relay.rooms === 0 ? "It runs no rooms." : `It hands its ${counted(relay.rooms, "room")} to other relays: each match pauses briefly and goes on.`;
  return {
    ...PLAIN,
    title: `Drain ${relay.relay}`,
    effect: `The relay takes no more rooms. ${rooms} Then it ends, and its supervisor starts it again.`,
    confirm: "Drain",
    path: `relays/${relay.relay}/drain`,
    done: ({ changed }) => (changed ? `${relay.relay} drains.` : `${relay.relay} was draining.`),
  };
}

export function killRelay(relay: string): Act {
  return {
    ...PLAIN,
    title: `Kill ${relay}`,
    effect: "The relay’s process ends at once, as in a crash: it hands nothing over. It is started again, and its matches continue after a pause.",
    confirm: "Kill relay",
    path: `relays/${relay}/kill`,
    done: () => `${relay} was killed.`,
  };
}

const PLAIN = {
  role: "operate",
  isDangerous: true,
  isReasonShown: false,
  hasLength: false,
  body: {},
} as const;

/** Where a player was when they were banned. */
function whereFrom(after: unknown): string {
  const removed = (after as { removed?: { state?: unknown; room?: unknown } | null } | null)?.removed;
  if (!removed) return "";
  const { state, room } = removed;
  return typeof room === "string" ? ` They were ${String(state)} in room ${room}.` : ` They were ${String(state)}.`;
}
