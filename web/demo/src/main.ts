// The entry point of the game page.
import { backend } from "./backend.js";
import { drawnStats, drawnView } from "./drawn.js";
import { Flow } from "./flow.js";

declare global {
  interface Window {
    /** For tests: the last view and the statistics of its match, read-only. */
    readonly skirmish: { readonly view: typeof drawnView; readonly stats: typeof drawnStats };
  }
}

Object.defineProperty(window, "skirmish", { value: Object.freeze({ view: drawnView, stats: drawnStats }) });
new Flow(backend()).start();
