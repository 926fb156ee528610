// Binds keys and buttons to the fields of a game's input. Pure.
import type { Input, InputField } from "@skirmish/sdk";

/** How the page controls a field: its name for players, and its key (a `KeyboardEvent.code`). */
export interface Binding {
  readonly label?: string;
  readonly key?: string;
}

/** The bindings that a game changes, by the names of the fields. */
export type BindingsByField = Readonly<Record<string, Binding>>;

/** The action of a key or an on-screen button. */
export interface Action {
  readonly field: string;
  readonly label: string;
  /** The code of the key; undefined if all keys are taken. */
  readonly key: string | undefined;
  /** `press` while it is held; `less` and `more` move an axis while held; `next` selects the next value. */
  readonly does: "press" | "less" | "more" | "next";
  /** The action that the page's own fire controls (Space, the left mouse button) also perform. */
  readonly isPrimary: boolean;
}

/** The first free one of these is the key of a button, a choice or a count. */
const KEYS = ["ShiftLeft", "KeyE", "KeyQ", "KeyR", "KeyF", "KeyC", "KeyV", "KeyG", "KeyT", "KeyB", "KeyY", "KeyH"];
/** The keys of an axis that does not move the player. */
const AXIS_KEYS = [["KeyZ", "KeyX"], ["Comma", "Period"], ["KeyJ", "KeyL"], ["KeyI", "KeyK"]] as const;
const PRIMARY_KEY = "Space";

export class Bindings {
  readonly actions: readonly Action[];
  /** The actions with an on-screen button of their own. In a game with an aim, the right thumb and the mouse fire. */
  readonly shown: readonly Action[];
  /** Whether the game uses the direction of movement. */
  readonly moves: boolean;
  /** Whether the game uses an aim. */
  readonly aims: boolean;
  readonly #fields: readonly InputField[];
  /** The axes that the movement keys control: to the right, and down. */
  readonly #moveAxes: readonly string[];
  readonly #values = new Map<string, number>();
  readonly #keys = new Set<string>();
  readonly #touched = new Set<Action>();
  /** A press shorter than a frame still counts once. */
  readonly #pressed = new Set<Action>();

  constructor(fields: readonly InputField[], changed: BindingsByField = {}) {
    this.#fields = fields;
    const named = (kind: InputField[1]) => fields.filter((field) => field[1] === kind).map(([name]) => name);
    this.#moveAxes = named("direction").length > 0 ? [] : named("axis").slice(0, 2);
    this.moves = named("direction").length > 0 || this.#moveAxes.length > 0;
    this.aims = named("angle").length > 0;
    this.actions = this.#bind(changed);
    this.shown = this.actions.filter(({ isPrimary }) => !isPrimary || !this.aims);
  }

  /** The number of values of the field that the keys 1, 2, … select. Undefined if they select another field's, or none. */
  digitsOf(field: string): number | undefined {
    const [name, , greatest = 0] = this.#fields.find(([, kind]) => kind === "choice") ?? [];
    return name === field ? Math.min(9, greatest + 1) : undefined;
  }

  /** Returns true if the key belongs to the game. */
  keyDown(code: string): boolean {
    const isNew = !this.#keys.has(code);
    const action = this.actions.find(({ key, isPrimary }) => key === code && !isPrimary);
    const digit = /^Digit([1-9])$/.exec(code)?.[1];
    const choice = this.#fields.find(([name]) => Number(digit) <= (this.digitsOf(name) ?? 0));
    if (action) {
      this.#keys.add(code);
      if (isNew) this.#press(action);
    } else if (choice) this.#values.set(choice[0], Number(digit) - 1);
    return action !== undefined || choice !== undefined;
  }

  keyUp(code: string): void {
    this.#keys.delete(code);
  }

  /** Handles a press or release of an on-screen button. */
  touch(action: Action, isDown: boolean): void {
    if (!isDown) this.#touched.delete(action);
    else if (!this.#touched.has(action)) {
      this.#touched.add(action);
      this.#press(action);
    }
  }

  /** Releases everything except selected values. */
  release(): void {
    this.#keys.clear();
    this.#touched.clear();
    this.#pressed.clear();
  }

  /** The game's input of this frame. `pad` is the state of the page's own controls. */
  input(pad: Input): Record<string, boolean | number | readonly [number, number]> {
    const input: Record<string, boolean | number | readonly [number, number]> = {};
    const taken = new Set<string>();
    const isFirst = (kind: string) => !taken.has(kind) && taken.add(kind) !== undefined;
    for (const [name, kind] of this.#fields) {
      if (kind === "direction") input[name] = isFirst(kind) ? pad.move : [0, 0];
      else if (kind === "angle") input[name] = isFirst(kind) ? pad.aim : 0;
      else if (kind === "axis") input[name] = this.#axis(name, pad);
      else if (kind === "choice" || kind === "count") input[name] = this.#values.get(name) ?? 0;
      else input[name] = this.#holds(name, "press") || (pad.fire && this.#isPrimary(name));
    }
    this.#pressed.clear();
    return input;
  }

  #bind(changed: BindingsByField): Action[] {
    const taken = new Set(Object.values(changed).map(({ key }) => key));
    const take = (keys: readonly string[]) => {
      const free = keys.find((key) => !taken.has(key));
      taken.add(free);
      return free;
    };
    const axisKeys = [...AXIS_KEYS];
    let primary = this.#fields.find(([name, kind]) => isButton(kind) && changed[name]?.key === undefined)?.[0];
    primary ??= this.#fields.find(([, kind]) => isButton(kind))?.[0];
    return this.#fields.flatMap(([field, kind]): Action[] => {
      const { label = inWords(field), key } = changed[field] ?? {};
      if (isButton(kind)) {
        const isPrimary = field === primary && key === undefined;
        return [{ field, label, key: key ?? (isPrimary ? PRIMARY_KEY : take(KEYS)), does: "press", isPrimary }];
      }
      if (kind === "choice" || kind === "count") return [{ field, label, key: key ?? take(KEYS), does: "next", isPrimary: false }];
      if (kind !== "axis" || this.#moveAxes.includes(field)) return [];
      const [less, more] = axisKeys.shift() ?? [];
      return [
        { field, label: `${label} −`, key: less, does: "less", isPrimary: false },
        { field, label: `${label} +`, key: more, does: "more", isPrimary: false },
      ];
    });
  }

  #press(action: Action): void {
    this.#pressed.add(action);
    if (action.does !== "next") return;
    const greatest = this.#fields.find(([name]) => name === action.field)?.[2] ?? 0;
    const value = this.#values.get(action.field) ?? 0;
    this.#values.set(action.field, value < greatest ? value + 1 : 0);
  }

  #axis(name: string, pad: Input): number {
    const move = this.#moveAxes.indexOf(name);
    if (move >= 0) return Math.max(-1, Math.min(1, pad.move[move] ?? 0));
    return Number(this.#holds(name, "more")) - Number(this.#holds(name, "less"));
  }

  #holds(name: string, does: Action["does"]): boolean {
    const action = this.actions.find((action) => action.field === name && action.does === does);
    if (!action) return false;
    const isKeyDown = action.key !== undefined && this.#keys.has(action.key);
    return isKeyDown || this.#touched.has(action) || this.#pressed.has(action);
  }

  #isPrimary(name: string): boolean {
    return this.actions.some((action) => action.field === name && action.isPrimary);
  }
}

/** The name of a key for players: `ShiftLeft` as `Shift`, `KeyE` as `E`. */
export function keyName(code: string): string {
  const names: Record<string, string> = { Comma: ",", Period: "." };
  return names[code] ?? code.replace(/^(Key|Digit)/, "").replace(/(Left|Right)$/, "");
}

function isButton(kind: InputField[1]): boolean {
  return kind === "button" || kind === "hold";
}

/** `next_item` as `Next item`. */
function inWords(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
