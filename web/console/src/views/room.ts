// A room: its record, its members, its last checkpoint, its settings; end, kick, and kill its relay.
import { ban, endRoom, kick, killRelay } from "../acts.js";
import type { Failure } from "../api.js";
import { button, link, make, setText, show } from "../dom.js";
import { Facts } from "../facts.js";
import type { Fact } from "../facts.js";
import { ago, at, bytes, count, duration, plain, until } from "../format.js";
import { MatchStateCard } from "../match-state.js";
import { Poll } from "../poll.js";
import { playerLink, roomLink, roomsLink } from "../route.js";
import { Table } from "../table.js";
import { toneOf } from "../tones.js";
import type { Made, Member, Pool, Room } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 2000;

export function openRoom(context: Context, id: string): View {
  return new RoomView(context, id);
}

class RoomView implements View {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #id: string;
  readonly #gone = make("p", "card empty");
  readonly #facts = new Facts();
  readonly #made = new Facts();
  readonly #madeCard: HTMLElement;
  readonly #members: Table<Member>;
  readonly #state: MatchStateCard;
  readonly #end: HTMLButtonElement;
  readonly #kill: HTMLButtonElement;
  readonly #watch = make("a", "button small", "Watch");
  readonly #parts: HTMLElement;
  readonly #poll: Poll<Room>;
  #room: Room | undefined;

  constructor(context: Context, id: string) {
    this.#context = context;
    this.#id = id;
    this.title = `Room ${id}`;
    this.#members = this.#membersTable();
    this.#state = new MatchStateCard(context, id);
    this.#end = button("End room", "small danger", () => this.#room && context.act(endRoom(this.#room)));
    this.#kill = button("Kill this relay", "small danger", () => this.#room?.relay && context.act(killRelay(this.#room.relay)));
    this.#watch.target = "_blank";
    // With `noopener`, the new tab does not get this tab's storage, which has the token.
    this.#watch.rel = "noopener noreferrer";
    const head = make("header", "view-head", link("Rooms", "#/rooms", "up"), make("h1", "code", id), this.#watch, this.#kill, this.#end);
    this.#madeCard = make("section", "card", make("h2", "", "Made by a player"), this.#made.element);
    const cards = make("div", "halves", make("section", "card", make("h2", "", "Record"), this.#facts.element), this.#madeCard);
    this.#parts = make("div", "", cards, make("h2", "", "Players"), this.#members.element, this.#state.element);
    this.element = make("div", "", head, this.#gone, this.#parts);
    for (const part of [this.#watch, this.#kill, this.#end, this.#madeCard, this.#parts]) show(part, false);
    setText(this.#gone, "Loading");
    this.#poll = new Poll(EVERY_MS, {
      ask: () => context.api.room(id),
      answer: (room) => this.#answer(room),
      fail: (failure) => this.#fail(failure),
    });
  }

  refresh(): void {
    this.#poll.now();
  }

  end(): void {
    this.#state.end();
    this.#poll.end();
  }

  #answer(room: Room): void {
    this.#context.report(undefined);
    this.#room = room;
    show(this.#gone, false);
    show(this.#parts, true);
    show(this.#end, this.#context.may("operate") && room.state !== "matched");
    const canKill = this.#context.live.overview?.relays.can_kill === true;
    show(this.#kill, this.#context.may("operate") && canKill && room.state === "started" && room.relay !== null);
    this.#facts.set(record(room, Date.now()));
    show(this.#madeCard, room.made !== null);
    if (room.made) this.#made.set(choices(room.made, room.members, Date.now()));
    this.#members.set(room.members);
    if (room.state === "started") this.#state.begin(room.members);
    const pool = this.#context.live.overview?.pools.find(({ pool }) => pool === poolOf(this.#id));
    const href = watchLink(room, pool);
    show(this.#watch, href !== undefined);
    if (href !== undefined) this.#watch.href = href;
  }

  #fail(failure: Failure): void {
    if (failure.status !== 404) return this.#context.report(failure);
    this.#context.report(undefined);
    this.#poll.end();
    this.#state.end();
    setText(this.#gone, this.#room ? "The room has ended. What is below is how it was." : "There is no such room, or it has ended.");
    show(this.#gone, true);
    for (const part of [this.#watch, this.#kill, this.#end]) show(part, false);
  }

  #membersTable(): Table<Member> {
    const { may, act } = this.#context;
    const withRoom = (run: (room: Room) => void) => this.#room && run(this.#room);
    return new Table<Member>({
      label: "Players",
      noun: "player",
      empty: "No players.",
      keyOf: ({ player_id }) => player_id,
      columns: [
        { id: "name", label: "Name", text: ({ name, player_id }) => name || player_id, href: ({ player_id }) => playerLink(player_id) },
        { id: "seat", label: "Seat", isNumber: true, text: ({ seat }) => String(seat), sort: ({ seat }) => seat },
        { id: "state", label: "State", text: ({ state }) => state, tone: ({ state }) => toneOf(state) },
        { id: "online", label: "Game socket", text: ({ state, online }) => (state === "playing" && online ? "open" : "–") },
        { id: "team", label: "Team", isNumber: true, text: ({ team }) => (team === null ? "–" : String(team)), sort: ({ team }) => team },
        { id: "joined", label: "Joined", isNumber: true, text: ({ joined_ms }) => `${ago(joined_ms, Date.now())} ago`, sort: ({ joined_ms }) => -joined_ms },
        { id: "id", label: "Id", isCode: true, text: ({ player_id }) => player_id },
      ],
      actions: may("moderate")
        ? [
            { label: "Kick", isDangerous: true, run: (member) => withRoom((room) => act(kick(room, member))) },
            { label: "Ban", isDangerous: true, run: (member) => act(ban(member)) },
          ]
        : [],
    });
  }
}

function record(room: Room, nowMs: number): (Fact | undefined)[] {
  const { relay, match: of, saved_tick: tick } = room;
  const saved = tick === null ? "none" : `tick ${count(tick)}, ${duration(room.saved_age_ms ?? 0)} ago, ${bytes(room.saved_bytes ?? 0)}`;
  const pool = poolOf(room.room);
  return [
    { name: "State", text: room.state, tone: toneOf(room.state) },
    { name: "Pool", text: pool, href: roomsLink({ pool }) },
    { name: "Relay", text: relay ?? "–", href: relay === null ? undefined : roomsLink({ text: relay }) },
    room.region === null ? undefined : { name: "Region", text: room.region },
    { name: "Epoch", text: String(room.epoch) },
    room.state === "started" ? { name: "Last checkpoint", text: saved } : undefined,
    { name: "Made", text: `${at(room.created_ms)}, ${ago(room.created_ms, nowMs)} ago` },
    { name: room.state === "started" ? "Relay’s deadline" : "Deadline", text: until(room.ends_ms, nowMs) },
    of === null ? undefined : { name: "Match", text: of, href: roomLink(of) },
    room.groups === null ? undefined : { name: "Groups", text: room.groups },
    room.free === null ? undefined : { name: "Free seats", text: room.free || "none" },
    { name: "Bots", text: String(room.bots) },
  ];
}

function choices(made: Made, members: readonly Member[], nowMs: number): (Fact | undefined)[] {
  const nameOf = (id: string) => members.find(({ player_id }) => player_id === id)?.name || id;
  return [
    { name: "Name", text: made.name || "–" },
    { name: "Code", text: made.code },
    { name: "Host", text: nameOf(made.host), href: made.host ? playerLink(made.host) : undefined },
    { name: "Visibility", text: made.visibility },
    { name: "Seats", text: String(made.seats) },
    { name: "Settings", text: plain(made.settings) },
    { name: "Meta", text: plain(made.meta) },
    made.queued_ms === null ? undefined : { name: "In the queue", text: `since ${ago(made.queued_ms, nowMs)}` },
    made.kicked === "" ? undefined : { name: "Kicked", text: made.kicked.split(",").join(", ") },
  ];
}

/** Where to watch the match, if the pool allows it. */
function watchLink(room: Room, pool: Pool | undefined): string | undefined {
  if (room.state !== "started") return undefined;
  if (pool?.watch === "all") return `/app?watch=${encodeURIComponent(room.room)}`;
  return pool?.watch === "code" && room.made ? `/app?watch=${encodeURIComponent(room.made.code)}` : undefined;
}

/** The text before the first dot. */
function poolOf(room: string): string {
  return room.split(".", 1)[0] ?? room;
}
