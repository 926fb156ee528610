// Starts the page of the game.
import { backend } from "./backend.js";
import { drawnView } from "./drawn.js";
import { Flow } from "./flow.js";

declare global {
  interface Window {
    /** For tests: the view drawn last, read-only. */
    readonly skirmish: { readonly view: typeof drawnView };
  }
}

Object.defineProperty(window, "skirmish", { value: Object.freeze({ view: drawnView }) });
new Flow(backend()).start();
