// Overview: the whole system in numbers, with what was polled since the page opened.
import { make, setText } from "../dom.js";
import { count, duration } from "../format.js";
import { roomsOf, seriesOf, totals } from "../live.js";
import type { Live, Totals } from "../live.js";
import { PlotView } from "../plot-view.js";
import { roomsLink } from "../route.js";
import { Table } from "../table.js";
import type { CellPart } from "../table-row.js";
import { TONES } from "../tones.js";
import type { Overview, Pool } from "../types.js";
import type { Context, View } from "../view.js";

interface Card {
  readonly series: keyof Totals;
  readonly label: string;
  readonly note: (totals: Totals, overview: Overview) => string;
}

const CARDS: readonly Card[] = [
  { series: "players", label: "Players", note: ({ queued, players }) => `${count(Math.max(0, players - queued))} in rooms` },
  { series: "queued", label: "Queue", note: (_, { pools }) => `${count(pools.reduce((all, pool) => all + pool.aside, 0))} without a lobby socket` },
  { series: "rooms", label: "Rooms", note: ({ started }) => `${count(started)} started` },
  { series: "relays", label: "Relays", note: () => "with a live lease" },
  { series: "free", label: "Free rooms", note: ({ relays, free }) => (relays === 0 ? "no relay" : `${count(Math.round(free / relays))} a relay`) },
  { series: "outbox", label: "Outbox", note: ({ outbox, oldestMs }) => (outbox === 0 ? "all delivered" : `oldest ${duration(oldestMs)}`) },
];

export function openOverview({ live }: Context): View {
  const cards = CARDS.map((card) => new CardView(card));
  const pools = poolsTable(live);
  const numbers = make("div", "cards", ...cards.map((card) => card.element));
  const element = make("div", "", make("h1", "hidden-text", "Overview"), numbers, make("h2", "", "Pools"), pools.element);
  const draw = () => {
    const { overview, history } = live;
    const nowMs = Date.now();
    for (const card of cards) card.draw(overview, history.points(card.series, nowMs), nowMs);
    pools.set(overview?.pools ?? [], overview ? undefined : "Loading");
  };
  const stop = live.subscribe(draw);
  draw();
  return { title: "Overview", element, refresh: () => live.now(), end: stop };
}

class CardView {
  readonly element = make("section", "card number-card");
  readonly series: keyof Totals;
  readonly #card: Card;
  readonly #value = make("p", "big", "–");
  readonly #note = make("p", "note");
  readonly #plot: PlotView;

  constructor(card: Card) {
    this.#card = card;
    this.series = card.series;
    this.#plot = new PlotView(card.label);
    this.#value.dataset["testid"] = `total-${card.series}`;
    this.element.append(make("h2", "", card.label), this.#value, this.#note, this.#plot.element);
  }

  draw(overview: Overview | undefined, points: Parameters<PlotView["draw"]>[0], nowMs: number): void {
    this.#plot.draw(points, nowMs);
    if (!overview) return;
    const all = totals(overview);
    setText(this.#value, count(all[this.series]));
    setText(this.#note, this.#card.note(all, overview));
  }
}

/** The players of a pool in the last hour. */
function playersPlot({ history }: Live): CellPart<Pool> {
  const plot = new PlotView("Players", true);
  const set = ({ pool }: Pool) => plot.draw(history.points(seriesOf(pool), Date.now()), Date.now());
  return { element: plot.element, set };
}

function poolsTable(live: Live): Table<Pool> {
  const rooms = (pool: Pool, state: string) => pool.rooms[state] ?? 0;
  return new Table<Pool>({
    label: "Pools",
    noun: "pool",
    empty: "There are no pools.",
    keyOf: ({ pool }) => pool,
    columns: [
      { id: "pool", label: "Pool", text: ({ pool }) => pool, href: ({ pool }) => roomsLink({ pool }) },
      { id: "game", label: "Game", text: ({ game }) => game },
      { id: "state", label: "State", text: ({ closed }) => (closed === null ? "open" : "closed"), tone: ({ closed }) => (closed === null ? TONES.open : TONES.closed) },
      { id: "players", label: "Players", isNumber: true, text: ({ players }) => count(players), sort: ({ players }) => players },
      { id: "plot", label: "Last hour", text: () => "", sort: ({ players }) => players, part: () => playersPlot(live) },
      { id: "queued", label: "Queue", isNumber: true, text: ({ queued }) => count(queued), sort: ({ queued }) => queued },
      { id: "rooms", label: "Rooms", isNumber: true, text: (pool) => `${count(roomsOf(pool.rooms))}${pool.is_partial ? "+" : ""}`, sort: (pool) => roomsOf(pool.rooms) },
      { id: "started", label: "Started", isNumber: true, text: (pool) => count(rooms(pool, "started")), sort: (pool) => rooms(pool, "started") },
      { id: "outbox", label: "Outbox", isNumber: true, text: ({ outbox }) => count(outbox.length), sort: ({ outbox }) => outbox.length },
      { id: "oldest", label: "Oldest", isNumber: true, text: ({ outbox }) => (outbox.length === 0 ? "–" : duration(outbox.oldest_ms)), sort: ({ outbox }) => outbox.oldest_ms },
    ],
  });
}
