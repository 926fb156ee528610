// The view in the fragment of the address: `#/rooms?text=relay-1`, `#/rooms/main.r1`.

export const VIEWS = ["overview", "pools", "rooms", "relays", "players", "reports", "audit"] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Route {
  readonly view: ViewName;
  /** The room or the player. */
  readonly id?: string;
  readonly query: URLSearchParams;
}

/** What is not known is the overview. */
export function parseRoute(fragment: string): Route {
  const [path = "", search = ""] = fragment.replace(/^#\/?/, "").split("?", 2);
  const [name = "", id = ""] = path.split("/", 2);
  const view = VIEWS.find((view) => view === name) ?? "overview";
  const query = new URLSearchParams(search);
  const decoded = decode(id);
  return (view === "rooms" || view === "players") && decoded ? { view, id: decoded, query } : { view, query };
}

export function roomLink(room: string): string {
  return `#/rooms/${encodeURIComponent(room)}`;
}

export function playerLink(player: string): string {
  return `#/players/${encodeURIComponent(player)}`;
}

/** Rooms with a pool, a state or a text. */
export function roomsLink(filter: Readonly<Record<string, string>>): string {
  return `#/rooms?${new URLSearchParams(filter)}`;
}

/** The view of what an act was done to. */
export function targetLink(action: string, target: string): string | undefined {
  if (action === "ban" || action === "unban") return playerLink(target);
  if (action === "end" || action === "kick") return roomLink(target);
  return action === "drain" || action === "kill" ? "#/relays" : action === "close" || action === "open" || action === "settings" ? "#/pools" : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
