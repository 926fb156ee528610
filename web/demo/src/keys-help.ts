// The help for a game's keys and touches on the home screen.
import { Engine } from "@skirmish/sdk";
import { Bindings, keyName } from "./bindings.js";
import type { Action } from "./bindings.js";
import { byId, make } from "./dom.js";
import { GAMES } from "./games.js";

const MOVE_KEYS = ["W", "A", "S", "D"];

/** Shows the help of a game. Its input's fields are known once its engine is loaded, which a match needs too. */
export async function showKeysHelp(game: string): Promise<void> {
  const list = byId("keys");
  list.dataset["game"] = game;
  const { about, controls } = GAMES[game] ?? {};
  if (about?.help !== undefined) return list.replaceChildren(make("li", "", about.help));
  list.replaceChildren();
  const fields = await Engine.ofGame(game).then((engine) => engine.describe(game).input, () => undefined);
  // Meanwhile, another game may have been chosen.
  if (!fields || list.dataset["game"] !== game) return;
  const bindings = new Bindings(fields, controls);
  const moves = bindings.moves && (about?.moves ?? true);
  const aims = bindings.aims && (about?.aims ?? true);
  list.replaceChildren(
    ...(moves ? [line("fine", MOVE_KEYS, "or arrows to move"), line("coarse", [], "Left thumb moves")] : []),
    ...(aims ? [line("fine", [], "Point to aim, hold to fire"), line("coarse", [], "Right thumb aims and fires")] : []),
    ...bindings.shown.map((action) => line("fine", keysOf(action, bindings), action.label)),
    ...(bindings.shown.length > 0 ? [line("coarse", [], `Buttons: ${bindings.shown.map(({ label }) => label).join(", ")}`)] : []),
  );
}

function line(pointer: "fine" | "coarse", keys: readonly string[], words: string): HTMLElement {
  const item = make("li", pointer);
  item.append(...keys.map((key) => make("kbd", "", key)), ` ${words}`);
  return item;
}

/** The key of an action, and the digits that select a value directly. */
function keysOf({ field, key }: Action, bindings: Bindings): string[] {
  const digits = bindings.digitsOf(field);
  return [...(key === undefined ? [] : [keyName(key)]), ...(digits === undefined ? [] : [`1–${digits}`])];
}
