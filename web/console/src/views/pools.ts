// Pools: the state of each, with close, open and settings.
import { changePool, closePool, openPool } from "../acts.js";
import { Failure } from "../api.js";
import { make } from "../dom.js";
import { count, duration } from "../format.js";
import { roomsLink } from "../route.js";
import { Table } from "../table.js";
import type { Column } from "../table-row.js";
import { TONES } from "../tones.js";
import { ROOM_STATES } from "../types.js";
import type { Pool } from "../types.js";
import type { Context, View } from "../view.js";

export function openPools(context: Context): View {
  const { live, may, act } = context;
  const table = new Table<Pool>({
    label: "Pools",
    noun: "pool",
    empty: "There are no pools.",
    keyOf: ({ pool }) => pool,
    columns: COLUMNS,
    actions: may("operate")
      ? [
          { label: "Close", isDangerous: true, isFor: ({ closed }) => closed === null, run: (pool) => act(closePool(pool)) },
          { label: "Open", isFor: ({ closed }) => closed !== null, run: (pool) => act(openPool(pool)) },
          { label: "Settings", isFor: () => true, run: ({ pool }) => void openSettings(context, pool) },
        ]
      : [],
  });
  const element = make("div", "", make("h1", "", "Pools"), table.element);
  const draw = () => table.set(live.overview?.pools ?? [], live.overview ? undefined : "Loading");
  const stop = live.subscribe(draw);
  draw();
  return { title: "Pools", element, refresh: () => live.now(), end: stop };
}

/** Asks for the settings as they are now, and opens the dialog. */
async function openSettings({ api, act, report }: Context, name: string): Promise<void> {
  try {
    const { pools, settings_version } = await api.pools();
    const pool = pools.find(({ pool }) => pool === name);
    if (pool) act(changePool(pool, settings_version));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report(error);
  }
}

const COLUMNS: readonly Column<Pool>[] = [
  { id: "pool", label: "Pool", text: ({ pool }) => pool, href: ({ pool }) => roomsLink({ pool }) },
  { id: "game", label: "Game", text: ({ game }) => game },
  {
    id: "state",
    label: "State",
    text: ({ closed }) => (closed === null ? "open" : "closed"),
    tone: ({ closed }) => (closed === null ? TONES.open : TONES.closed),
  },
  { id: "reason", label: "Reason", isLong: true, text: ({ closed }) => closed ?? "–" },
  { id: "players", label: "Players", isNumber: true, text: ({ players }) => count(players), sort: ({ players }) => players },
  { id: "queued", label: "Queue", isNumber: true, text: ({ queued }) => count(queued), sort: ({ queued }) => queued },
  ...ROOM_STATES.map(
    (state): Column<Pool> => ({
      id: state,
      label: state.charAt(0).toUpperCase() + state.slice(1),
      isNumber: true,
      text: ({ rooms, is_partial }) => `${count(rooms[state] ?? 0)}${is_partial ? "+" : ""}`,
      sort: ({ rooms }) => rooms[state] ?? 0,
      title: () => `Rooms in the state ${state}`,
    }),
  ),
  { id: "outbox", label: "Outbox", isNumber: true, text: ({ outbox }) => count(outbox.length), sort: ({ outbox }) => outbox.length },
  {
    id: "oldest",
    label: "Oldest",
    isNumber: true,
    text: ({ outbox }) => (outbox.length === 0 ? "–" : duration(outbox.oldest_ms)),
    sort: ({ outbox }) => outbox.oldest_ms,
  },
  { id: "bridge", label: "Bridge", text: ({ bridge }) => bridge ?? "–", title: () => "The relay that calls assign and expire for the pool" },
];
