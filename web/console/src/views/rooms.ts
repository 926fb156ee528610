// Rooms: the list of one pool or of all, with a filter.
import type { Rooms } from "../api.js";
import { field, make, setOptions, setText } from "../dom.js";
import { ago, counted } from "../format.js";
import { Poll } from "../poll.js";
import { roomLink } from "../route.js";
import type { Route } from "../route.js";
import { matching } from "../rows.js";
import { Table } from "../table.js";
import { toneOf } from "../tones.js";
import { ROOM_STATES } from "../types.js";
import type { RoomRow } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 4000;
/** While a long list arrives. */
const PART_MS = 300;

export function openRooms(context: Context, route: Route): View {
  return new RoomsView(context, route);
}

class RoomsView implements View {
  readonly title = "Rooms";
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #pool = make("select");
  readonly #state = make("select");
  readonly #text = make("input");
  readonly #note = make("p", "note");
  readonly #table = roomsTable();
  readonly #stop: () => void;
  readonly #poll: Poll<Rooms | undefined>;
  #rooms: Rooms | undefined;
  /** What the shown rooms were asked for. */
  #asked = "";

  constructor(context: Context, route: Route) {
    this.#context = context;
    setOptions(this.#state, [["", "all"], ...ROOM_STATES.map((state) => [state, state] as const)]);
    this.#text.type = "search";
    this.#text.placeholder = "room, relay or name";
    this.#text.dataset["testid"] = "rooms-text";
    this.#read(route.query);
    this.#drawPools();
    const fields = [field("Pool", this.#pool), field("State", this.#state), field("Search", this.#text, "grow")];
    const filter = make("form", "filter", ...fields);
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.addEventListener("input", () => this.#changed());
    this.element = make("div", "", make("h1", "", "Rooms"), filter, this.#note, this.#table.element);
    this.#stop = context.live.subscribe(() => this.#drawPools());
    this.#poll = new Poll(EVERY_MS, { ask: () => this.#ask(), answer: (rooms) => this.#answer(rooms), fail: context.report });
    this.#draw();
  }

  go(route: Route): boolean {
    if (route.id !== undefined) return false;
    this.#read(route.query);
    this.#reload();
    return true;
  }

  refresh(): void {
    this.#poll.now();
  }

  end(): void {
    this.#stop();
    this.#poll.end();
  }

  #read(query: URLSearchParams): void {
    const pool = query.get("pool") ?? "";
    if (pool && ![...this.#pool.options].some(({ value }) => value === pool)) this.#pool.add(new Option(pool, pool));
    this.#pool.value = pool;
    this.#state.value = query.get("state") ?? "";
    if (this.#state.selectedIndex < 0) this.#state.value = "";
    this.#text.value = query.get("text") ?? "";
  }

  #changed(): void {
    const filter = { pool: this.#pool.value, state: this.#state.value, text: this.#text.value };
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
    history.replaceState(null, "", query.size > 0 ? `#/rooms?${query}` : "#/rooms");
    this.#table.first();
    if (this.#asked === this.#question()) this.#draw();
    else this.#reload();
  }

  #reload(): void {
    this.#rooms = undefined;
    this.#table.first();
    this.#draw();
    this.#poll.now();
  }

  #question(): string {
    return `${this.#pool.value}\n${this.#state.value}`;
  }

  /** undefined: the question changed meanwhile, or there is nothing to ask yet. */
  async #ask(): Promise<Rooms | undefined> {
    const { api, live } = this.#context;
    const question = this.#question();
    const pool = this.#pool.value;
    const pools = pool ? [pool] : (live.overview?.pools.map(({ pool }) => pool) ?? []);
    if (pools.length === 0) return undefined;
    this.#asked = question;
    const isFirst = this.#rooms === undefined;
    let drawnAt = -Infinity;
    const part = (part: Rooms) => {
      if (!isFirst || question !== this.#question() || performance.now() - drawnAt < PART_MS) return;
      this.#answer(part);
      drawnAt = performance.now();
    };
    const rooms = await api.rooms(pools, this.#state.value, part);
    return question === this.#question() ? rooms : undefined;
  }

  #answer(rooms: Rooms | undefined): void {
    if (!rooms) return;
    this.#context.report(undefined);
    this.#rooms = rooms;
    this.#draw();
  }

  #drawPools(): void {
    const pools = this.#context.live.overview?.pools ?? [];
    if (pools.length === 0) return;
    const isFirst = this.#pool.dataset["options"] === undefined;
    setOptions(this.#pool, [["", "all"], ...pools.map(({ pool }) => [pool, pool] as const)]);
    // What is asked for all pools needs their names.
    if (isFirst && !this.#rooms) this.#poll?.now();
  }

  #draw(): void {
    const all = this.#rooms;
    const rows = matching(all?.rooms ?? [], this.#text.value, ({ room, relay, name }) => [room, relay, name]);
    this.#table.set(rows, all ? undefined : "Loading");
    const partial = all?.isPartial ? `The first ${counted(all.rooms.length, "room")}. Choose a pool or a state to see others.` : "";
    setText(this.#note, partial);
  }
}

function roomsTable(): Table<RoomRow> {
  return new Table<RoomRow>({
    label: "Rooms",
    noun: "room",
    empty: "No rooms.",
    keyOf: ({ room }) => room,
    order: { column: "age", isDescending: false },
    columns: [
      { id: "room", label: "Room", isCode: true, text: ({ room }) => room, href: ({ room }) => roomLink(room) },
      { id: "state", label: "State", text: ({ state }) => state, tone: ({ state }) => toneOf(state) },
      { id: "players", label: "Players", isNumber: true, text: ({ players }) => String(players), sort: ({ players }) => players },
      { id: "relay", label: "Relay", text: ({ relay }) => relay ?? "–", sort: ({ relay }) => relay },
      { id: "age", label: "Age", isNumber: true, text: ({ created_ms }) => ago(created_ms, Date.now()), sort: ({ created_ms }) => -created_ms },
      { id: "epoch", label: "Epoch", isNumber: true, text: ({ epoch }) => String(epoch), sort: ({ epoch }) => epoch, title: () => "How often it was given to a relay" },
      { id: "name", label: "Name", isLong: true, text: ({ name, visibility }) => (visibility ? `${name ?? ""} (${visibility})` : "–"), sort: ({ name }) => name },
    ],
  });
}

