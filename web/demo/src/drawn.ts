// The view drawn last, of a match or of a replay: what it ended with, and what tests look at.
import type { MatchStats, MatchView } from "@skirmish/sdk";
import type { AnyGame } from "./renderer.js";

let last: MatchView<AnyGame> | undefined;
let source: { stats(): MatchStats | undefined } | undefined;

export function drawnView(): MatchView<AnyGame> | undefined {
  return last;
}

/** Of the match that is drawn; a replay has none. */
export function drawnStats(): MatchStats | undefined {
  return source?.stats();
}

/** Undefined: nothing is drawn any more. `match`: what the view is of, unless it is a replay. */
export function setDrawn(view: MatchView<AnyGame> | undefined, match?: typeof source): void {
  last = view;
  source = match;
}
