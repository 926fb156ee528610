// The lines that say what fails now, each with its source.
import type { Failure } from "./api.js";
import { byId, make, setText, show } from "./dom.js";
import { duration } from "./format.js";

export class Problems {
  readonly #element = byId("problems");
  readonly #state = byId("link");
  readonly #failures = new Map<string, string>();
  readonly #refused: (message: string) => void;
  #isLost = false;
  #answeredAt: number | undefined;
  readonly #clock: ReturnType<typeof setInterval>;

  /** Calls `refused` when the API does not accept the token. */
  constructor(refused: (message: string) => void) {
    this.#refused = refused;
    this.#clock = setInterval(() => this.#draw(), 1000);
    this.#draw();
  }

  /** What became of a question about this. */
  report(about: string, failure: Failure | undefined): void {
    if (failure?.status === 401) return this.#refused(failure.message);
    this.#isLost = failure?.isLost ?? false;
    if (!failure) {
      this.#failures.delete(about);
      this.#answeredAt = performance.now();
    } else if (!failure.isLost) {
      this.#failures.set(about, `${about}: ${failure.message}`);
    }
    this.#draw();
  }

  /** This is not asked any more. */
  forget(about: string): void {
    this.#failures.delete(about);
    this.#draw();
  }

  end(): void {
    clearInterval(this.#clock);
    this.#element.replaceChildren();
  }

  #draw(): void {
    const lines = [...this.#failures.values()];
    const seconds = this.#answeredAt === undefined ? "" : ` The values are ${duration(performance.now() - this.#answeredAt)} old.`;
    // The age is not in a live region that would announce each second.
    setText(this.#state, this.#isLost ? "Connection lost" : this.#answeredAt === undefined ? "Connecting" : "Live");
    this.#state.dataset["state"] = this.#isLost ? "lost" : this.#answeredAt === undefined ? "waiting" : "live";
    this.#state.title = this.#isLost ? `Retrying.${seconds}` : "";
    document.body.classList.toggle("stale", this.#isLost);
    if (this.#isLost) lines.unshift("Connection lost, retrying.");
    const shown = [...this.#element.children].map((line) => line.textContent);
    if (JSON.stringify(shown) !== JSON.stringify(lines)) this.#element.replaceChildren(...lines.map((line) => make("p", "error", line)));
    show(this.#element, lines.length > 0);
  }
}
