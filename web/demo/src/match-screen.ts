// The match screen: each frame reads the input, draws the view, and sends the input.
import type { GameEvent, Input, Match, MatchView, Over } from "@skirmish/sdk";
import { ActionButtons } from "./action-buttons.js";
import { Bindings } from "./bindings.js";
import { CanvasControls } from "./canvas-controls.js";
import { copyText } from "./clipboard.js";
import { Controls } from "./controls.js";
import { byId, show } from "./dom.js";
import { drawnView, setDrawn } from "./drawn.js";
import { GAMES } from "./games.js";
import { Hud } from "./hud.js";
import { Netgraph } from "./netgraph.js";
import type { AnyGame, MakeRenderer, Renderer } from "./renderer.js";
import { saveOutOf } from "./session.js";
import { colorInWords } from "./words.js";

/** How long the end of the match is shown before the scores. */
const LINGER_MS = 1_100;
/** An interruption shorter than this is not shown. */
const HICCUP_MS = 600;
/** An event this many ticks ahead is shown at once: the match may be stalled. */
const STALE_TICKS = 60;

export interface MatchEnd {
  /** The result, if the match ended. */
  readonly over: Over | undefined;
  /** Why the screen was left; `leave` and `again` are the player's choice. */
  readonly reason: string;
  /** The player had lost all lives. */
  readonly out: boolean;
  readonly last: MatchView<AnyGame> | undefined;
}

export interface PlayOptions {
  /** Resolves with the reason to leave. */
  readonly leave: Promise<string>;
  /** The requested colour; undefined if the player rejoined. */
  readonly wished: string | undefined;
  /** The address at which others can watch the match; undefined if they may not. */
  readonly watchLink: string | undefined;
}

/** Plays the match until it ends or the player leaves. */
export function playOnScreen(match: Match<AnyGame>, options: PlayOptions): Promise<MatchEnd> {
  setDrawn(undefined);
  const makeRenderer = GAMES[match.game ?? ""]?.makeRenderer;
  if (!makeRenderer) return Promise.resolve({ over: undefined, reason: "unknown_game", out: false, last: undefined });
  return new Promise((resolve) => {
    const screen = new MatchScreen(match, makeRenderer, resolve, options);
    void options.leave.then((reason) => screen.end(undefined, reason));
  });
}

class MatchScreen {
  readonly #match: Match<AnyGame>;
  readonly #renderer: Renderer;
  readonly #controls: Controls | CanvasControls;
  #bindings: Bindings | undefined;
  #buttons: ActionButtons | undefined;
  readonly #hud = new Hud();
  readonly #netgraph: Netgraph;
  readonly #resolve: (end: MatchEnd) => void;
  readonly #disposers: (() => void)[];
  #events: GameEvent[] = [];
  #frame = 0;
  #ended = false;
  #out = false;
  /** The requested colour, until the note about it was shown. */
  #wished: string | undefined;
  #hiccup: ReturnType<typeof setTimeout> | undefined;

  constructor(
    match: Match<AnyGame>,
    makeRenderer: MakeRenderer,
    resolve: (end: MatchEnd) => void,
    { wished, watchLink }: PlayOptions,
  ) {
    this.#match = match;
    this.#wished = wished;
    this.#resolve = resolve;
    const canvas = byId<HTMLCanvasElement>("arena");
    this.#renderer = makeRenderer(canvas, match);
    const ownPlace = () => {
      const { x, y } = drawnView()?.me ?? {};
      return x === undefined || y === undefined ? undefined : this.#renderer.toPage?.({ x, y });
    };
    this.#controls = this.#renderer.onPointer ? new CanvasControls(canvas, this.#renderer) : new Controls(byId("match"), ownPlace);
    this.#netgraph = new Netgraph(() => match.stats());
    // A hidden tab draws no frames, so the keys must be released here.
    const hidden = () => {
      this.#bindings?.release();
      this.#send({ ...this.#controls.read(), move: [0, 0], fire: false });
    };
    document.addEventListener("visibilitychange", hidden);
    const share = byId("share-watch");
    share.onclick = () => void this.#copy(watchLink ?? "");
    show(share, watchLink !== undefined);
    this.#disposers = [
      () => show(share, false),
      () => document.removeEventListener("visibilitychange", hidden),
      match.on("event", (event) => this.#events.push(event)),
      match.on("joined", ({ name, colors }) => this.#hud.note(`${name} joined.`, colors[0] ?? "#ffffff")),
      match.on("over", (over) => this.#finish(over)),
      match.on("close", ({ reason }) => reason !== "over" && this.end(undefined, reason)),
      match.on("reconnecting", () => this.#missed(true)),
      match.on("resumed", () => this.#missed(false)),
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
    this.#buttons?.end();
    this.#netgraph.end();
    this.#hud.clear();
    show(byId("notice"), false);
    this.#resolve({ over, reason, out: this.#out, last: drawnView() });
  }

  async #copy(link: string): Promise<void> {
    const isCopied = await copyText(link);
    // Return the focus, so that Space fires again.
    byId("arena").focus({ preventScroll: true });
    if (!this.#ended) this.#hud.note(isCopied ? "The link to watch is copied." : `Watch at ${link}`, "#ffffff");
  }

  #finish(over: Over): void {
    const best = new Set(over.scores.filter((score) => score.rank === 1).map((score) => score.playerId));
    this.#renderer.celebrate?.(drawnView()?.players.filter((player) => best.has(player.playerId)) ?? []);
    setTimeout(() => this.end(over, "over"), LINGER_MS);
  }

  #send(pad: Input): void {
    this.#bind();
    this.#match.send((this.#renderer.input?.(pad) ?? this.#bindings?.input(pad) ?? pad) as Input);
  }

  /** Binds the fields of the game's input to keys and buttons, unless the renderer has its own controls. */
  #bind(): void {
    const fields = this.#match.inputFields;
    if (this.#bindings || !fields || this.#renderer.input || !(this.#controls instanceof Controls)) return;
    this.#bindings = new Bindings(fields, GAMES[this.#match.game ?? ""]?.controls);
    this.#controls.setSticks(this.#bindings.moves, this.#bindings.aims);
    this.#buttons = new ActionButtons(this.#bindings);
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    this.#send(this.#controls.read());
    const view = this.#match.view(now);
    if (!view) return;
    setDrawn(view, this.#match);
    this.#renderer.draw(view, now);
    this.#hud.update(view);
    this.#netgraph.update(now);
    this.#notice(view);
    const due = this.#events.filter((event) => event.tick <= view.tick || event.tick > view.tick + STALE_TICKS);
    if (due.length > 0) this.#events = this.#events.filter((event) => !due.includes(event));
    for (const event of due) {
      this.#renderer.onEvent?.(event, view);
      this.#hud.onEvent(event, view);
    }
  }

  /** Notes that the player is out, and that another player has their colour. */
  #notice({ me, running }: MatchView<AnyGame>): void {
    if (!me) return;
    if (running && !me.alive && !this.#out) {
      this.#out = true;
      saveOutOf(this.#match.roomId);
    }
    const words = this.#wished === undefined ? undefined : colorInWords(this.#wished, me.color);
    this.#wished = undefined;
    if (words) this.#hud.note(words, me.color);
  }

  /** Shows or hides the note that the page is reconnecting, but not for a short interruption. */
  #missed(missed: boolean): void {
    clearTimeout(this.#hiccup);
    if (missed) this.#hiccup = setTimeout(() => show(byId("notice"), true), HICCUP_MS);
    else show(byId("notice"), false);
  }
}
