// Reports: what players reported others for, with the replay at that tick, and the acts.
import { ban, kick } from "../acts.js";
import { Failure } from "../api.js";
import type { Api } from "../api.js";
import { field, make, setOptions } from "../dom.js";
import { at, count } from "../format.js";
import type { Live } from "../live.js";
import { Poll } from "../poll.js";
import { playerLink, roomLink } from "../route.js";
import { matching } from "../rows.js";
import { Table } from "../table.js";
import type { Column, RowAction } from "../table-row.js";
import type { Report } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 4000;
/** Of each pool: the newest. */
const REPORTS_MAX = 500;

export function openReports(context: Context): View {
  const { api, live, report } = context;
  const pool = make("select");
  const text = make("input");
  text.type = "search";
  text.placeholder = "player, room or reason";
  const filter = make("form", "filter", field("Pool", pool), field("Search", text, "grow"));
  const table = new Table<Report>({
    label: "Reports",
    noun: "report",
    empty: "No reports.",
    keyOf: ({ id, room }) => `${room} ${id}`,
    columns: COLUMNS,
    actions: actions(context),
  });
  let reports: readonly Report[] | undefined;
  const draw = () => {
    const found = matching(reports ?? [], text.value, ({ player_id, name, by, by_name, room, reason }) => [player_id, name, by, by_name, room, reason]);
    const shown = pool.value ? found.filter(({ room }) => poolOf(room) === pool.value) : found;
    table.set(shown, reports ? undefined : "Loading");
  };
  const drawPools = () => {
    const pools = live.overview?.pools.map(({ pool }) => [pool, pool] as const) ?? [];
    if (pool.options.length !== pools.length + 1) setOptions(pool, [["", "all"], ...pools]);
  };
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => (table.first(), draw()));
  const answer = (newest: readonly Report[]) => {
    report(undefined);
    reports = newest;
    draw();
  };
  const poll = new Poll(EVERY_MS, { ask: () => newest(api, live), answer, fail: report });
  const stop = live.subscribe(drawPools);
  drawPools();
  draw();
  const element = make("div", "reports", make("h1", "", "Reports"), filter, table.element);
  const end = () => (stop(), poll.end());
  return { title: "Reports", element, refresh: () => poll.now(), end };
}

async function newest(api: Api, live: Live): Promise<readonly Report[]> {
  const { pools } = live.overview ?? (await api.overview());
  return api.reports(pools.map(({ pool }) => pool), REPORTS_MAX);
}

function actions({ act, may, replays, report: say }: Context): readonly RowAction<Report>[] {
  if (!may("moderate")) return [];
  const player = ({ player_id, name }: Report) => ({ player_id, name });
  return [
    { label: "Watch at this tick", run: (report) => replays.open(report) || say(new Failure(409, "The browser blocked the new tab.")) },
    { label: "Kick", isDangerous: true, run: (report) => act(kick({ room: report.room, state: "started" }, player(report))) },
    { label: "Ban", isDangerous: true, run: (report) => act(ban(player(report))) },
  ];
}

const COLUMNS: readonly Column<Report>[] = [
  { id: "at", label: "When", text: ({ at_ms }) => at(at_ms), sort: ({ at_ms }) => at_ms },
  { id: "pool", label: "Pool", text: ({ room }) => poolOf(room) },
  { id: "player", label: "Reported", text: ({ name, player_id }) => name || player_id, href: ({ player_id }) => playerLink(player_id) },
  { id: "by", label: "By", text: ({ by, by_name }) => by_name || by, href: ({ by }) => playerLink(by) },
  { id: "reason", label: "Reason", isLong: true, text: ({ reason }) => reason },
  { id: "room", label: "Room", isCode: true, text: ({ room }) => room, href: ({ room }) => roomLink(room) },
  { id: "tick", label: "Tick", isNumber: true, text: ({ tick }) => count(tick), sort: ({ tick }) => tick },
];

/** The pool of a room. */
function poolOf(room: string): string {
  return room.split(".", 1)[0] ?? "";
}
