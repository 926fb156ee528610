// The replay screen: the game's renderer and a playback bar. It shows a replay, or a match that still runs.
import { Watch } from "@skirmish/sdk";
import type { GameEvent, MatchView, Replay } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";
import { drawnView, setDrawn } from "./drawn.js";
import { GAMES } from "./games.js";
import { Hud } from "./hud.js";
import { LiveBar } from "./live-bar.js";
import { Playhead, SPEEDS } from "./playhead.js";
import type { AnyGame, MakeRenderer, Renderer } from "./renderer.js";
import { offerLink } from "./replay-link.js";

const STEP_TICKS = 300;
const FINE_STEP_TICKS = 1;
const FRAME_MS_MAX = 100;
const SAVED_MS = 60_000;
/** An event that arrives this long after its tick was drawn is not shown. */
const LATE_TICKS = 60;

/** What the screen can show. */
export type Shown = Replay<AnyGame> | Watch<AnyGame>;

/** How a replay is shown. */
export interface ShowOptions {
  /** The tick at which it begins. */
  readonly from: number;
  /** A link to it that anybody can open, if there is one. */
  readonly link: (() => Promise<string>) | undefined;
}

/** Shows a replay or a running match until the viewer closes it or the signal is aborted. */
export function watchOnScreen(shown: Shown, closing: AbortSignal, { from, link }: ShowOptions): Promise<void> {
  const makeRenderer = GAMES[shown.game]?.makeRenderer;
  if (!makeRenderer) return Promise.reject(new Error(`there is no renderer for ${shown.game}`));
  // On a phone, only the part of the arena around the followed player is visible.
  const first = shown instanceof Watch ? shown.view().players.find(({ alive }) => alive) : shown.result?.[0];
  shown.playerId ??= first?.playerId;
  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const screen = new ReplayScreen(shown, makeRenderer, { resolve: () => (ended.abort(), resolve()), reject });
    offerLink(link, ended.signal);
    if (from > 0) screen.goTo(from);
    closing.addEventListener("abort", () => screen.close());
  });
}

/** How the screen ends. */
interface End {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class ReplayScreen {
  readonly #shown: Shown;
  /** What is shown, if it is a match that is watched. */
  readonly #watch: Watch<AnyGame> | undefined;
  readonly #bar: LiveBar | undefined;
  readonly #head: Playhead;
  readonly #makeRenderer: MakeRenderer;
  readonly #hud = new Hud({ watching: true });
  readonly #closed = new AbortController();
  readonly #end: End;
  readonly #seek = byId<HTMLInputElement>("seek");
  readonly #speed = byId<HTMLSelectElement>("speed");
  readonly #follow = byId<HTMLSelectElement>("follow");
  readonly #toggle = byId("play-pause");
  #renderer: Renderer;
  /** The index of the next event to show. */
  #next = 0;
  #celebrated = false;
  #frame = 0;
  #last: number | undefined;

  constructor(shown: Shown, makeRenderer: MakeRenderer, end: End) {
    this.#shown = shown;
    this.#watch = shown instanceof Watch ? shown : undefined;
    this.#head = new Playhead(shown.ticksPerSecond);
    this.#makeRenderer = makeRenderer;
    this.#end = end;
    this.#renderer = this.#fresh();
    this.#furnish();
    this.#listen();
    this.#bar = this.#watch && new LiveBar(this.#watch, this.#closed.signal, () => this.#goLive());
    show(byId("playback"), true);
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  goTo(tick: number): void {
    if (this.#runs && tick >= this.#liveTick) return this.#goLive();
    this.#leaveLive();
    this.#head.goTo(tick);
    this.#jumped();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#closed.abort();
    this.#hud.clear();
    setDrawn(undefined);
    show(byId("playback"), false);
    this.#end.resolve();
  }

  /** A new renderer, so that no trails or sparks remain after a jump. */
  #fresh(): Renderer {
    return this.#makeRenderer(byId<HTMLCanvasElement>("arena"));
  }

  #furnish(): void {
    this.#speed.replaceChildren(...SPEEDS.map((speed) => new Option(`${speed}×`, String(speed), speed === 1, speed === 1)));
    this.#listPlayers();
    byId("marks").replaceChildren();
    for (const id of ["moment-back", "moment-next"]) show(byId(id), false);
    this.#grow();
  }

  #listPlayers(): void {
    // A seat that nobody has taken yet is a hole.
    const players = this.#shown.players.filter((player) => player !== undefined);
    const names = players.map(({ name, playerId }) => new Option(name, playerId));
    this.#follow.replaceChildren(new Option("Nobody", ""), ...names);
    this.#follow.value = this.#shown.playerId ?? "";
  }

  /** Shows what has arrived: a match that is watched grows. */
  #grow(): void {
    const { ticks, events } = this.#shown;
    const found = this.#head.grow(ticks, events);
    if (this.#seek.max !== String(ticks)) {
      this.#seek.max = String(ticks);
      byId("marks").style.setProperty("--ticks", String(Math.max(1, ticks)));
    }
    if (found.length === 0) return;
    byId("marks").append(...found.map((moment) => this.#mark(moment)));
    for (const id of ["moment-back", "moment-next"]) show(byId(id), true);
  }

  #mark({ tick, by, player_id: struck }: GameEvent): HTMLElement {
    const mark = make("li");
    const player = this.#shown.players.find((player) => player?.playerId === (by ?? struck));
    mark.style.setProperty("--tick", String(tick));
    mark.style.setProperty("--player", player?.colors[0] ?? "#ffffff");
    return mark;
  }

  #listen(): void {
    const { signal } = this.#closed;
    const clicks: Record<string, () => void> = {
      "play-pause": () => this.#playPause(),
      "moment-back": () => this.#jump(-1),
      "moment-next": () => this.#jump(1),
      "save-replay": () => this.#save(),
      "close-replay": () => this.close(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act, { signal });
    this.#seek.addEventListener("input", () => this.goTo(Number(this.#seek.value)), { signal });
    this.#speed.addEventListener("change", () => this.#run(Number(this.#speed.value)), { signal });
    this.#follow.addEventListener("change", () => (this.#shown.playerId = this.#follow.value || undefined), { signal });
    const dispose = this.#watch?.on("joined", () => this.#listPlayers());
    signal.addEventListener("abort", () => dispose?.());
    addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  #key(event: KeyboardEvent): void {
    const { target, code, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLSelectElement) return;
    if (code === "Space" && target instanceof HTMLButtonElement) return;
    const step = shiftKey ? FINE_STEP_TICKS : STEP_TICKS;
    const keys: Record<string, () => void> = {
      Space: () => this.#playPause(),
      ArrowLeft: () => this.goTo(this.#head.tick - step),
      ArrowRight: () => this.goTo(this.#head.tick + step),
      ArrowUp: () => this.#shift(1),
      ArrowDown: () => this.#shift(-1),
      Home: () => this.goTo(0),
      End: () => this.goTo(this.#head.ticks),
      KeyL: () => this.#runs && this.#goLive(),
      Escape: () => this.close(),
    };
    const act = keys[code];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #save(): void {
    const { roomId, file } = this.#shown;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file]));
    link.download = `skirmish-${roomId}.replay`;
    link.click();
    // The browser reads the file later.
    setTimeout(() => URL.revokeObjectURL(link.href), SAVED_MS);
  }

  #shift(way: 1 | -1): void {
    this.#head.shift(way);
    this.#speed.value = String(this.#head.speed);
    this.#run(this.#head.speed);
  }

  /** Plays at this speed. A running match has only one. */
  #run(speed: number): void {
    this.#head.speed = speed;
    if (speed !== 1) this.#leaveLive();
  }

  #playPause(): void {
    this.#leaveLive();
    const { tick } = this.#head;
    this.#head.toggle();
    if (this.#head.tick !== tick) this.#jumped();
  }

  #jump(way: 1 | -1): void {
    this.#leaveLive();
    if (this.#head.jump(way)) this.#jumped();
  }

  /** Whether more of the match arrives. */
  get #runs(): boolean {
    const status = this.#watch?.status;
    return status === "open" || status === "reconnecting";
  }

  get #liveTick(): number {
    return this.#watch?.liveTick ?? Infinity;
  }

  #goLive(): void {
    this.#watch?.live();
    this.#head.tick = this.#shown.tick;
    this.#head.playing = true;
    this.#head.speed = 1;
    this.#speed.value = "1";
    this.#jumped();
  }

  /** The playhead of this screen goes on from the tick that is drawn. */
  #leaveLive(): void {
    if (this.#watch?.isLive) this.#watch.seek(this.#head.tick);
  }

  #jumped(): void {
    this.#renderer = this.#fresh();
    this.#hud.clear();
    const { events } = this.#shown;
    const next = events.findIndex((event) => event.tick > this.#head.tick);
    this.#next = next < 0 ? events.length : next;
    this.#celebrated = this.#head.atEnd;
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    this.#grow();
    const view = this.#view(now);
    if (!view) return;
    setDrawn(view);
    this.#renderer.draw(view, now);
    this.#hud.update(view);
    for (const event of this.#due()) {
      this.#renderer.onEvent?.(event, view);
      this.#hud.onEvent(event, view);
    }
    this.#celebrate();
    this.#showBar();
    this.#bar?.update();
  }

  /** What to draw now. Undefined if it cannot be played: the screen has ended then. */
  #view(now: number): MatchView<AnyGame> | undefined {
    const elapsedMs = Math.min(FRAME_MS_MAX, now - (this.#last ?? now));
    this.#last = now;
    try {
      if (this.#watch?.isLive) {
        const view = this.#watch.view(now);
        this.#head.tick = this.#watch.tick;
        this.#head.playing = this.#watch.isLive;
        return view;
      }
      this.#head.run(elapsedMs);
      if (this.#watch && this.#runs && this.#head.playing && this.#head.tick >= this.#liveTick) {
        this.#goLive();
        return this.#watch.view(now);
      }
      this.#shown.seek(this.#head.tick);
      return this.#shown.view();
    } catch (error) {
      this.#end.reject(error);
      this.close();
      return undefined;
    }
  }

  #due(): readonly GameEvent[] {
    const { events } = this.#shown;
    const from = this.#next;
    while (this.#next < events.length && (events[this.#next]?.tick ?? 0) <= this.#head.tick) this.#next++;
    return events.slice(from, this.#next).filter(({ tick }) => tick > this.#head.tick - LATE_TICKS);
  }

  #celebrate(): void {
    if (!this.#head.atEnd || this.#celebrated || this.#runs) return;
    this.#celebrated = true;
    const best = new Set(this.#shown.result?.filter(({ rank }) => rank === 1).map(({ playerId }) => playerId));
    this.#renderer.celebrate?.(drawnView()?.players.filter(({ playerId }) => best.has(playerId)) ?? []);
  }

  #showBar(): void {
    const { tick, ticks, ticksPerSecond, playing, atEnd } = this.#head;
    const [at, of] = [clock(tick / ticksPerSecond), clock(ticks / ticksPerSecond)];
    setText(byId("playback-time"), `${at} / ${of}`);
    const value = String(Math.floor(tick));
    if (this.#seek.value !== value) this.#seek.value = value;
    this.#seek.style.setProperty("--at", String(ticks > 0 ? tick / ticks : 0));
    this.#seek.setAttribute("aria-valuetext", `${at} of ${of}`);
    const word = playing ? "Pause" : atEnd ? "Play again" : "Play";
    if (this.#toggle.getAttribute("aria-label") !== word) this.#toggle.setAttribute("aria-label", word);
    this.#toggle.classList.toggle("playing", playing);
  }
}

function clock(time: number): string {
  const seconds = Math.floor(time);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
