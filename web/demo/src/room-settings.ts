// The settings of a room as controls: the game's settings by their ranges, and the number of seats. Only the host changes them.
import { Engine } from "@skirmish/sdk";
import type { GatheringRoom, Room } from "@skirmish/sdk";
import { byId, make, show } from "./dom.js";
import { titled } from "./words.js";

/** Clicks on a stepper within this time are one change. */
const SETTLE_MS = 300;

/** A control and the setting that it changes. */
interface Field {
  readonly input: HTMLInputElement;
  readonly of: (room: GatheringRoom) => number | undefined;
}

export interface SettingsOptions {
  readonly game: string;
  /** The range of seats of the pool's rooms. */
  readonly seats: readonly [least: number, most: number];
  /** Called when a change is refused. */
  readonly onError: (error: unknown) => void;
}

export class RoomSettings {
  readonly #room: Room;
  readonly #options: SettingsOptions;
  #fields: readonly Field[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room, options: SettingsOptions) {
    this.#room = room;
    this.#options = options;
    show(byId("settings"), false);
    void this.#make();
  }

  /** Shows the values of the room, and whether this player may change them. A field that is being edited is not updated. */
  update(): void {
    byId<HTMLFieldSetElement>("settings").disabled = !this.#room.isHost;
    for (const { input, of } of this.#fields) {
      const value = of(this.#room.info);
      if (input !== document.activeElement || !this.#room.isHost) input.value = value === undefined ? "" : String(value);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** The ranges are known once the engine is loaded, which a match needs too. */
  async #make(): Promise<void> {
    const { game, seats } = this.#options;
    const described = await Engine.ofGame(game).then((engine) => engine.describe(game), () => undefined);
    if (!described) return;
    const { settings, ranges } = described;
    const made = settings.map((name, at): Field => {
      const input = this.#input(name, titled(name), ranges[at] ?? [0, 0], "standard");
      return { input, of: (room) => room.settings[name] };
    });
    const [least, most] = seats;
    if (least < most) made.unshift({ input: this.#input("seats", "Seats", seats, String(most)), of: (room) => room.seatsMax });
    this.#fields = made;
    byId("setting-fields").replaceChildren(...made.map(({ input }) => input.parentElement ?? input));
    show(byId("settings"), made.length > 0);
    this.update();
  }

  #input(name: string, words: string, [least, greatest]: readonly [number, number], placeholder: string): HTMLInputElement {
    const input = document.createElement("input");
    Object.assign(input, { type: "number", name, placeholder, min: String(least), max: String(greatest), step: "1", inputMode: "numeric" });
    input.dataset["testid"] = `setting-${name}`;
    input.addEventListener("change", () => this.#changed(input, name));
    // Enter changes the value, and does not send the form.
    input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    input.addEventListener("keydown", (event) => event.key === "Enter" && this.#changed(input, name));
    const label = make("label", "setting");
    const range = make("span", "range", `${least} to ${greatest}`);
    const title = make("span", "", words);
    title.append(" ", range);
    label.append(title, input);
    return input;
  }

  #changed(input: HTMLInputElement, name: string): void {
    if (!input.reportValidity()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(input, name), SETTLE_MS);
  }

  /** Sends all game settings: those of empty fields have the pool's values. */
  async #send(input: HTMLInputElement, name: string): Promise<void> {
    const { info } = this.#room;
    const value = input.value === "" ? undefined : Number(input.value);
    if (value === (name === "seats" ? info.seatsMax : info.settings[name])) return;
    const { [name]: _, ...others } = info.settings;
    try {
      if (name === "seats") await this.#room.change({ seats: value ?? this.#options.seats[1] });
      else await this.#room.change({ settings: value === undefined ? others : { ...others, [name]: value } });
    } catch (error) {
      this.#options.onError(error);
      this.update();
    }
  }
}
