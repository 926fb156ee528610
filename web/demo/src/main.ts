// Starts the page of the game.
import { backend } from "./backend.js";
import { drawnStats, drawnView } from "./drawn.js";
import { Flow } from "./flow.js";

declare global {
  interface Window {
    /** For tests: the view drawn last and its match's figures, read-only. */
    readonly skirmish: { readonly view: typeof drawnView; readonly stats: typeof drawnStats };
  }
}

Object.defineProperty(window, "skirmish", { value: Object.freeze({ view: drawnView, stats: drawnStats }) });
new Flow(backend()).start();
