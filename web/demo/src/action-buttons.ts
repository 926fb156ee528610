// The keys and on-screen buttons of a game's own actions. Each button shows its key.
import type { Action, Bindings } from "./bindings.js";
import { keyName } from "./bindings.js";
import { byId, make, show } from "./dom.js";

/** Elements that handle their own keys. */
const OTHERS = "input, select, textarea";

export class ActionButtons {
  readonly #bindings: Bindings;
  readonly #ended = new AbortController();

  /** Listens until `end`. */
  constructor(bindings: Bindings) {
    this.#bindings = bindings;
    const options = { signal: this.#ended.signal };
    const list = byId("actions");
    list.classList.toggle("beside", bindings.aims);
    list.replaceChildren(...bindings.shown.map((action) => this.#button(action, options)));
    show(list, bindings.shown.length > 0);
    addEventListener("keydown", (event) => this.#keyDown(event), options);
    addEventListener("keyup", (event) => bindings.keyUp(event.code), options);
    const release = () => bindings.release();
    for (const type of ["blur", "pagehide"]) addEventListener(type, release, options);
    document.addEventListener("visibilitychange", release, options);
  }

  end(): void {
    this.#ended.abort();
    byId("actions").replaceChildren();
    show(byId("actions"), false);
  }

  #button(action: Action, options: AddEventListenerOptions): HTMLElement {
    const button = make("button", "action", action.label);
    Object.assign(button, { type: "button", tabIndex: -1 });
    if (action.key !== undefined) button.append(make("kbd", "", keyName(action.key)));
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.setPointerCapture(event.pointerId);
      this.#bindings.touch(action, true);
    }, options);
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      button.addEventListener(type, () => this.#bindings.touch(action, false), options);
    }
    return button;
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest(OTHERS)) return;
    if (this.#bindings.keyDown(event.code)) event.preventDefault();
  }
}
