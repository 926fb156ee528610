// The console with a token: its views, one at a time, and what they share.
import type { Act } from "./acts.js";
import { Api } from "./api.js";
import type { Failure } from "./api.js";
import { ActDialog } from "./dialog.js";
import { byId, setText, show } from "./dom.js";
import { at } from "./format.js";
import { Live } from "./live.js";
import { Problems } from "./problems.js";
import { ReplayWindows } from "./replay-window.js";
import { parseRoute } from "./route.js";
import type { Route } from "./route.js";
import { includes } from "./token.js";
import type { Claims } from "./token.js";
import type { Context, View } from "./view.js";
import { openAudit } from "./views/audit.js";
import { openOverview } from "./views/overview.js";
import { openPlayers } from "./views/players.js";
import { openPools } from "./views/pools.js";
import { openRelays } from "./views/relays.js";
import { openReports } from "./views/reports.js";
import { openRoom } from "./views/room.js";
import { openRooms } from "./views/rooms.js";

const DONE_MS = 6000;

/** Until `end`. */
export class Console {
  readonly #place = byId("view");
  readonly #done = byId("done");
  readonly #problems: Problems;
  readonly #live: Live;
  readonly #dialog: ActDialog;
  readonly #replays: ReplayWindows;
  readonly #context: Omit<Context, "report">;
  readonly #ended = new AbortController();
  #doneTimer: ReturnType<typeof setTimeout> | undefined;
  #route: Route | undefined;
  #view: View | undefined;

  /** Calls `refused` when the API does not accept the token. */
  constructor(token: string, claims: Claims, refused: (message: string) => void) {
    const api = new Api(token);
    this.#problems = new Problems(refused);
    this.#live = new Live(api, (failure) => this.#problems.report("Overview", failure));
    this.#dialog = new ActDialog(api, (act, done) => this.#say(act.done(done)));
    this.#replays = new ReplayWindows(api);
    const act = (act: Act) => this.#dialog.open(act);
    this.#context = { api, live: this.#live, replays: this.#replays, act, may: (role) => includes(claims.role, role) };
    const operator = byId("operator");
    setText(operator, `${claims.name} · ${claims.role}`);
    operator.title = `The token is valid until ${at(claims.expiresMs)}.`;
    show(byId("console"), true);
    addEventListener("hashchange", () => this.#go(), { signal: this.#ended.signal });
    this.#go();
  }

  end(): void {
    this.#ended.abort();
    this.#view?.end();
    this.#live.end();
    this.#dialog.end();
    this.#replays.end();
    this.#problems.end();
    clearTimeout(this.#doneTimer);
    this.#place.replaceChildren();
    show(byId("console"), false);
  }

  #go(): void {
    const route = parseRoute(location.hash);
    const before = this.#route;
    this.#route = route;
    this.#markTab(route);
    if (before?.view === route.view && before.id === route.id && this.#view?.go?.(route)) return;
    this.#view?.end();
    if (before) this.#problems.forget(labelOf(before));
    const report = (failure: Failure | undefined) => this.#problems.report(labelOf(route), failure);
    const view = open({ ...this.#context, report }, route);
    this.#view = view;
    document.title = `${view.title} – Skirmish console`;
    this.#place.replaceChildren(view.element);
    scrollTo(0, 0);
    // A reader of the screen goes on with the new view; at the start, with the page.
    if (before) this.#place.focus({ preventScroll: true });
  }

  #markTab({ view }: Route): void {
    for (const tab of byId("tabs").querySelectorAll("a")) {
      if (tab.dataset["view"] === view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  /** Says what was done, and asks for what is now. */
  #say(text: string): void {
    setText(this.#done, text);
    this.#done.classList.add("shown");
    clearTimeout(this.#doneTimer);
    this.#doneTimer = setTimeout(() => this.#done.classList.remove("shown"), DONE_MS);
    this.#live.now();
    this.#view?.refresh();
  }
}

/** Of the view, in a message. */
function labelOf({ view, id }: Route): string {
  if (id !== undefined) return view === "rooms" ? `Room ${id}` : `Player ${id}`;
  return view.charAt(0).toUpperCase() + view.slice(1);
}

function open(context: Context, route: Route): View {
  switch (route.view) {
    case "overview":
      return openOverview(context);
    case "pools":
      return openPools(context);
    case "rooms":
      return route.id === undefined ? openRooms(context, route) : openRoom(context, route.id);
    case "relays":
      return openRelays(context);
    case "players":
      return openPlayers(context, route);
    case "reports":
      return openReports(context);
    case "audit":
      return openAudit(context);
  }
}
