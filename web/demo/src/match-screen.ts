// The match on the screen: each frame reads the view, draws it, and sends what the person does.
import type { GameEvent, Match, MatchView, Over } from "@skirmish/sdk";
import { Controls } from "./controls.js";
import { byId, say, show } from "./dom.js";
import { Hud } from "./hud.js";
import { Renderer } from "./renderer.js";

/** The last moments are seen out before the scores cover them. */
const LINGER_MS = 1_100;
/** A connection back within this time is not worth a word. */
const HICCUP_MS = 600;
/** Events not drawn after this many ticks are drawn anyway: the match may stand still. */
const STALE_TICKS = 60;

export interface MatchEnd {
  /** Set where the match came to its end. */
  readonly over: Over | undefined;
  /** Else why this screen was left. */
  readonly reason: string;
  readonly last: MatchView | undefined;
}

let lastView: MatchView | undefined;

/** The view drawn last, for tests. */
export function drawnView(): MatchView | undefined {
  return lastView;
}

/** Plays the match on the screen until it ends, or `leave` resolves with a reason. */
export function playOnScreen(match: Match, leave: Promise<string>): Promise<MatchEnd> {
  return new Promise((resolve) => {
    const screen = new MatchScreen(match, resolve);
    void leave.then((reason) => screen.end(undefined, reason));
  });
}

class MatchScreen {
  readonly #match: Match;
  readonly #renderer: Renderer;
  readonly #controls: Controls;
  readonly #hud = new Hud();
  readonly #resolve: (end: MatchEnd) => void;
  readonly #disposers: (() => void)[];
  #events: GameEvent[] = [];
  #frame = 0;
  #ended = false;
  #hiccup: ReturnType<typeof setTimeout> | undefined;

  constructor(match: Match, resolve: (end: MatchEnd) => void) {
    this.#match = match;
    this.#resolve = resolve;
    this.#renderer = new Renderer(byId<HTMLCanvasElement>("arena"), { backdrop: false });
    this.#controls = new Controls(byId("match"), () => lastView?.me && this.#renderer.camera.toPage(lastView.me));
    lastView = undefined;
    const hidden = () => match.send({ ...this.#controls.read(), move: [0, 0], fire: false });
    document.addEventListener("visibilitychange", hidden);
    this.#disposers = [
      () => document.removeEventListener("visibilitychange", hidden),
      match.on("event", (event) => this.#events.push(event)),
      match.on("over", (over) => this.#finish(over)),
      match.on("close", ({ reason }) => reason !== "over" && this.end(undefined, reason)),
      match.on("connection", (connection) => this.#connection(connection === "reconnecting")),
    ];
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  end(over: Over | undefined, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#hiccup);
    for (const dispose of this.#disposers) dispose();
    this.#controls.end();
    this.#hud.clear();
    show(byId("overlay"), false);
    this.#resolve({ over, reason, last: lastView });
  }

  #finish(over: Over): void {
    const best = over.scores.filter((score) => score.rank === 1);
    for (const player of lastView?.players ?? []) {
      const won = best.some((score) => score.playerId === player.playerId);
      if (won && player.alive) this.#renderer.effects.celebrate(player.x, player.y, [player.color, "#ffe2a8", "#ffffff"]);
    }
    setTimeout(() => this.end(over, "over"), LINGER_MS);
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    this.#match.send(this.#controls.read());
    const view = this.#match.view(now);
    if (!view) return;
    lastView = view;
    this.#renderer.draw(view, now);
    this.#hud.update(view);
    const due = this.#events.filter((event) => event.tick <= view.tick || event.tick > view.tick + STALE_TICKS);
    if (due.length > 0) this.#events = this.#events.filter((event) => !due.includes(event));
    for (const event of due) this.#hud.tell(event, view);
  }

  #connection(lost: boolean): void {
    clearTimeout(this.#hiccup);
    const overlay = byId("overlay");
    if (!lost) return show(overlay, false);
    this.#hiccup = setTimeout(() => {
      say(byId("overlay-title"), "Reconnecting…");
      say(byId("overlay-text"), "Your seat is kept. You are back as soon as the server answers.");
      show(overlay, true);
    }, HICCUP_MS);
  }
}
