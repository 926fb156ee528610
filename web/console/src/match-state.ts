// The state of a running match in a room's view: the values of the match and of each player, by the names of the game's fields.
import { make, setText, show } from "./dom.js";
import { Facts } from "./facts.js";
import { count, plain } from "./format.js";
import { Poll } from "./poll.js";
import { Table } from "./table.js";
import type { MatchState, Member } from "./types.js";
import type { Context } from "./view.js";

const EVERY_MS = 1000;

/** A player's values. */
interface Row {
  readonly name: string;
  readonly playerId: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export class MatchStateCard {
  readonly element = make("div", "match-state");
  readonly #context: Context;
  readonly #room: string;
  readonly #facts = new Facts();
  readonly #note = make("p", "note");
  #members: readonly Member[] = [];
  /** Of the game's fields, which are known with the first answer. */
  #table: Table<Row> | undefined;
  #poll: Poll<MatchState> | undefined;

  constructor(context: Context, room: string) {
    this.#context = context;
    this.#room = room;
    const card = make("section", "card", make("h2", "", "State of the match"), this.#facts.element, this.#note);
    this.element.append(card);
    show(this.element, false);
  }

  /** The match runs, and has these players. From now on, asks for its state. */
  begin(members: readonly Member[]): void {
    this.#members = members;
    this.#poll ??= new Poll(EVERY_MS, {
      ask: () => this.#context.api.matchState(this.#room),
      answer: (state) => this.#answer(state),
      // As while the match moves to another relay.
      fail: ({ message }) => setText(this.#note, message),
    });
  }

  end(): void {
    this.#poll?.end();
  }

  #answer({ is_filtered, state }: MatchState): void {
    show(this.element, true);
    const { tick, players, match, ...kinds } = state;
    this.#facts.set([
      { name: "Tick", text: count(tick) },
      ...Object.entries(match ?? {}).map(([name, value]) => ({ name, text: plain(value) })),
      ...Object.entries(kinds).map(([name, list]) => ({ name, text: count(Array.isArray(list) ? list.length : 0) })),
    ]);
    const hidden = "What the game hides from a player is left out. The role moderate sees it.";
    setText(this.#note, is_filtered ? hidden : "This includes what the game hides from players.");
    const rows = Object.entries(players).map(([playerId, values]) => ({ playerId, values, name: this.#nameOf(playerId) }));
    const [first] = rows;
    if (!this.#table && first) this.element.append((this.#table = valuesTable(Object.keys(first.values))).element);
    this.#table?.set(rows);
  }

  #nameOf(playerId: string): string {
    const member = this.#members.find(({ player_id }) => player_id === playerId);
    return member ? member.name || playerId : `Bot ${playerId.slice(0, 8)}`;
  }
}

function valuesTable(fields: readonly string[]): Table<Row> {
  return new Table<Row>({
    label: "State of the players",
    noun: "player",
    empty: "No players.",
    keyOf: ({ playerId }) => playerId,
    columns: [
      { id: "name", label: "Name", text: ({ name }) => name },
      ...fields.map((field) => ({ id: field, label: field, text: ({ values }: Row) => plain(values[field]) })),
    ],
  });
}
