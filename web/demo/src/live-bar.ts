// The additions to the replay screen while a match is watched: the button Live, and texts about the connection and the end.
import type { Watch } from "@skirmish/sdk";
import { byId, setText, show } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { announce } from "./screens.js";
import { watchEndInWords, winnersInWords } from "./words.js";

/** An interruption shorter than this is not shown. */
const HICCUP_MS = 600;

export class LiveBar {
  readonly #watch: Watch<AnyGame>;
  readonly #button = byId("live");
  readonly #note = byId("live-note");
  #hiccup: ReturnType<typeof setTimeout> | undefined;
  /** The text about the end, until it is shown. */
  #end: string | undefined;

  /** `onLive` is called when the button is pressed. `signal` ends everything. */
  constructor(watch: Watch<AnyGame>, signal: AbortSignal, onLive: () => void) {
    this.#watch = watch;
    this.#button.addEventListener("click", onLive, { signal });
    const disposers = [
      watch.on("status", () => this.#missed()),
      watch.on("close", ({ reason }) => this.#ended(reason)),
    ];
    signal.addEventListener("abort", () => {
      for (const dispose of disposers) dispose();
      clearTimeout(this.#hiccup);
      show(this.#button, false);
      show(this.#note, false);
      watch.close();
    });
    this.#missed();
    if (watch.status === "over" || watch.status === "closed") this.#ended(watch.status === "over" ? "over" : "unknown-room");
  }

  /** Shows whether the picture is live; cheap if nothing changed. */
  update(): void {
    const { isLive, status } = this.#watch;
    const isOn = String(isLive);
    if (this.#button.getAttribute("aria-pressed") !== isOn) this.#button.setAttribute("aria-pressed", isOn);
    show(this.#button, isLive || status === "open" || status === "reconnecting");
    // The picture is behind, so the text about the end is shown only when the picture reaches it.
    if (this.#end === undefined || isLive) return;
    this.#showNote(this.#end, false);
    announce(this.#end);
    this.#end = undefined;
  }

  /** Shows or hides the note that the connection is lost, but not for a short interruption. */
  #missed(): void {
    clearTimeout(this.#hiccup);
    if (this.#watch.status === "reconnecting") this.#hiccup = setTimeout(() => this.#showNote("Connection lost. Reconnecting…", true), HICCUP_MS);
    else show(this.#note, false);
  }

  #ended(reason: string): void {
    // The viewer closes the screen.
    if (reason === "closed") return;
    const isOver = reason === "over";
    this.#end = isOver ? `The match is over. ${winnersInWords(this.#watch.result ?? [])}`.trim() : watchEndInWords(reason);
  }

  #showNote(words: string, isWaiting: boolean): void {
    setText(this.#note, words);
    this.#note.classList.toggle("still", !isWaiting);
    show(this.#note, true);
  }
}
