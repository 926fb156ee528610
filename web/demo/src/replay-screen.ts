// The replay screen: the game's renderer and a playback bar.
import type { GameEvent, Replay } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";
import { drawnView, setDrawn } from "./drawn.js";
import { GAMES } from "./games.js";
import { Hud } from "./hud.js";
import { Playhead, SPEEDS } from "./playhead.js";
import type { AnyGame, MakeRenderer, Renderer } from "./renderer.js";

const STEP_TICKS = 300;
const FINE_STEP_TICKS = 1;
const FRAME_MS_MAX = 100;
const SAVED_MS = 60_000;

/** Shows the replay until the viewer closes it or the signal is aborted. */
export function watchOnScreen(replay: Replay<AnyGame>, closing: AbortSignal): Promise<void> {
  const makeRenderer = GAMES[replay.game]?.makeRenderer;
  if (!makeRenderer) return Promise.reject(new Error(`there is no renderer for ${replay.game}`));
  return new Promise((resolve) => {
    const screen = new ReplayScreen(replay, makeRenderer, resolve);
    closing.addEventListener("abort", () => screen.close());
  });
}

class ReplayScreen {
  readonly #replay: Replay<AnyGame>;
  readonly #head: Playhead;
  readonly #makeRenderer: MakeRenderer;
  readonly #hud = new Hud({ watching: true });
  readonly #closed = new AbortController();
  readonly #resolve: () => void;
  readonly #seek = byId<HTMLInputElement>("seek");
  readonly #speed = byId<HTMLSelectElement>("speed");
  readonly #toggle = byId("play-pause");
  #renderer: Renderer;
  /** The index of the next event to show. */
  #next = 0;
  #celebrated = false;
  #frame = 0;
  #last: number | undefined;

  constructor(replay: Replay<AnyGame>, makeRenderer: MakeRenderer, resolve: () => void) {
    this.#replay = replay;
    this.#head = new Playhead(replay.ticks, replay.ticksPerSecond, replay.events);
    this.#makeRenderer = makeRenderer;
    this.#resolve = resolve;
    this.#renderer = this.#fresh();
    this.#furnish();
    this.#listen();
    show(byId("playback"), true);
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#closed.abort();
    this.#hud.clear();
    setDrawn(undefined);
    show(byId("playback"), false);
    this.#resolve();
  }

  /** A new renderer, so that no trails or sparks remain after a jump. */
  #fresh(): Renderer {
    return this.#makeRenderer(byId<HTMLCanvasElement>("arena"));
  }

  #furnish(): void {
    const { players, ticks } = this.#replay;
    this.#seek.max = String(ticks);
    this.#speed.replaceChildren(...SPEEDS.map((speed) => new Option(`${speed}×`, String(speed), speed === 1, speed === 1)));
    const follow = byId<HTMLSelectElement>("follow");
    const names = players.map(({ name, playerId }) => new Option(name, playerId));
    follow.replaceChildren(new Option("Nobody", ""), ...names);
    follow.value = this.#replay.playerId ?? "";
    const { moments } = this.#head;
    byId("marks").replaceChildren(...moments.map((moment) => this.#mark(moment)));
    for (const id of ["moment-back", "moment-next"]) show(byId(id), moments.length > 0);
  }

  #mark({ tick, by, player_id: struck }: GameEvent): HTMLElement {
    const mark = make("li");
    const player = this.#replay.players.find(({ playerId }) => playerId === (by ?? struck));
    mark.style.setProperty("--at", String(tick / Math.max(1, this.#replay.ticks)));
    mark.style.setProperty("--player", player?.colors[0] ?? "#ffffff");
    return mark;
  }

  #listen(): void {
    const { signal } = this.#closed;
    const clicks: Record<string, () => void> = {
      "play-pause": () => this.#playPause(),
      "moment-back": () => this.#head.jump(-1) && this.#jumped(),
      "moment-next": () => this.#head.jump(1) && this.#jumped(),
      "save-replay": () => this.#save(),
      "close-replay": () => this.close(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act, { signal });
    this.#seek.addEventListener("input", () => this.#goTo(Number(this.#seek.value)), { signal });
    this.#speed.addEventListener("change", () => (this.#head.speed = Number(this.#speed.value)), { signal });
    const follow = byId<HTMLSelectElement>("follow");
    follow.addEventListener("change", () => (this.#replay.playerId = follow.value || undefined), { signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  #key(event: KeyboardEvent): void {
    const { target, code, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLSelectElement) return;
    if (code === "Space" && target instanceof HTMLButtonElement) return;
    const step = shiftKey ? FINE_STEP_TICKS : STEP_TICKS;
    const keys: Record<string, () => void> = {
      Space: () => this.#playPause(),
      ArrowLeft: () => this.#goTo(this.#head.tick - step),
      ArrowRight: () => this.#goTo(this.#head.tick + step),
      ArrowUp: () => this.#shift(1),
      ArrowDown: () => this.#shift(-1),
      Home: () => this.#goTo(0),
      End: () => this.#goTo(this.#head.ticks),
      Escape: () => this.close(),
    };
    const act = keys[code];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #save(): void {
    const { roomId, file } = this.#replay;
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
  }

  #playPause(): void {
    const { tick } = this.#head;
    this.#head.toggle();
    if (this.#head.tick !== tick) this.#jumped();
  }

  #goTo(tick: number): void {
    this.#head.goTo(tick);
    this.#jumped();
  }

  #jumped(): void {
    this.#renderer = this.#fresh();
    this.#hud.clear();
    const { events } = this.#replay;
    const next = events.findIndex((event) => event.tick > this.#head.tick);
    this.#next = next < 0 ? events.length : next;
    this.#celebrated = this.#head.atEnd;
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    const elapsedMs = Math.min(FRAME_MS_MAX, now - (this.#last ?? now));
    this.#last = now;
    this.#head.run(elapsedMs);
    const view = this.#replay.view(this.#head.tick);
    setDrawn(view);
    this.#renderer.draw(view, now);
    this.#hud.update(view);
    for (const event of this.#due()) {
      this.#renderer.onEvent?.(event, view);
      this.#hud.onEvent(event, view);
    }
    this.#celebrate();
    this.#showBar();
  }

  #due(): readonly GameEvent[] {
    const { events } = this.#replay;
    const from = this.#next;
    while (this.#next < events.length && (events[this.#next]?.tick ?? 0) <= this.#head.tick) this.#next++;
    return events.slice(from, this.#next);
  }

  #celebrate(): void {
    if (!this.#head.atEnd || this.#celebrated) return;
    this.#celebrated = true;
    const best = new Set(this.#replay.result?.filter(({ rank }) => rank === 1).map(({ playerId }) => playerId));
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
