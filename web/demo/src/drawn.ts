// The last drawn view, of a match or a replay, for the scores screen and for tests.
import type { MatchStats, MatchView } from "@skirmish/sdk";
import type { AnyGame } from "./renderer.js";

let last: MatchView<AnyGame> | undefined;
let source: { stats(): MatchStats | undefined } | undefined;

export function drawnView(): MatchView<AnyGame> | undefined {
  return last;
}

/** The statistics of the match; undefined for a replay. */
export function drawnStats(): MatchStats | undefined {
  return source?.stats();
}

/** Sets the last view; undefined if nothing is drawn. `match`: its match, unless it is a replay. */
export function setDrawn(view: MatchView<AnyGame> | undefined, match?: typeof source): void {
  last = view;
  source = match;
}
