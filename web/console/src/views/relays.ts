// Relays: load, lease, region; drain and kill.
import { drain, killRelay } from "../acts.js";
import { make } from "../dom.js";
import { count, duration } from "../format.js";
import { Poll } from "../poll.js";
import { roomsLink } from "../route.js";
import { Table } from "../table.js";
import type { CellPart, Column, RowAction } from "../table-row.js";
import { toneOf } from "../tones.js";
import type { Relay } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 2000;

export function openRelays(context: Context): View {
  const { api, may, report } = context;
  const table = new Table<Relay>({
    label: "Relays",
    noun: "relay",
    empty: "No relays.",
    keyOf: ({ relay }) => relay,
    order: { column: "relay", isDescending: false },
    columns: COLUMNS,
    actions: may("operate") ? actions(context) : [],
  });
  const element = make("div", "", make("h1", "", "Relays"), table.element);
  table.set([], "Loading");
  const answer = (relays: readonly Relay[]) => {
    report(undefined);
    table.set(relays);
  };
  const poll = new Poll(EVERY_MS, { ask: () => api.relays(), answer, fail: report });
  return { title: "Relays", element, refresh: () => poll.now(), end: () => poll.end() };
}

function actions({ live, act }: Context): RowAction<Relay>[] {
  const canKill = () => live.overview?.relays.can_kill === true;
  return [
    { label: "Drain", isDangerous: true, isFor: ({ live, draining }) => live && !draining, run: (relay) => act(drain(relay)) },
    { label: "Kill this relay", isDangerous: true, isFor: ({ live }) => live && canKill(), run: ({ relay }) => act(killRelay(relay)) },
  ];
}

const COLUMNS: readonly Column<Relay>[] = [
  { id: "relay", label: "Relay", text: ({ relay }) => relay, href: ({ relay }) => roomsLink({ text: relay }), title: ({ url }) => url },
  { id: "state", label: "State", text: stateOf, tone: (relay) => toneOf(stateOf(relay)) },
  { id: "rooms", label: "Rooms", isNumber: true, text: ({ rooms }) => count(rooms), sort: ({ rooms }) => rooms },
  { id: "free", label: "Free", isNumber: true, text: (relay) => count(freeOf(relay)), sort: freeOf },
  {
    id: "load",
    label: "Load",
    isNumber: true,
    text: (relay) => `${Math.round(loadOf(relay) * 100)} %`,
    sort: loadOf,
    part: bar,
    title: ({ rooms, capacity }) => `${count(rooms)} of ${count(capacity)} rooms`,
  },
  { id: "region", label: "Region", text: ({ region }) => region ?? "–", sort: ({ region }) => region },
  {
    id: "lease",
    label: "Lease",
    isNumber: true,
    text: ({ lease_ms }) => (lease_ms > 0 ? `${duration(lease_ms)} left` : `ended ${duration(-lease_ms)} ago`),
    sort: ({ lease_ms }) => lease_ms,
  },
  { id: "boot", label: "Boot", isCode: true, text: ({ boot }) => boot, title: () => "Unique to this run of its process" },
];

/** How much of a relay is in use. */
function bar(): CellPart<Relay> {
  const filled = make("i");
  const set = (relay: Relay) => (filled.style.width = `${Math.round(Math.min(1, loadOf(relay)) * 100)}%`);
  return { element: make("span", "load", filled), set };
}

function stateOf({ live, draining }: Relay): string {
  if (!live) return "ended";
  return draining ? "draining" : "live";
}

function freeOf({ live, draining, capacity, rooms }: Relay): number {
  return live && !draining ? Math.max(0, capacity - rooms) : 0;
}

function loadOf({ rooms, capacity }: Relay): number {
  return capacity === 0 ? 0 : rooms / capacity;
}
