// The view drawn last, of a match or of a replay: what it ended with, and what tests look at.
import type { MatchView } from "@skirmish/sdk";
import type { AnyGame } from "./renderer.js";

let last: MatchView<AnyGame> | undefined;

export function drawnView(): MatchView<AnyGame> | undefined {
  return last;
}

/** Undefined: nothing is drawn any more. */
export function setDrawn(view: MatchView<AnyGame> | undefined): void {
  last = view;
}
