// Opens the game's page with the replay of a report. The page has no operator's token: it asks this window for the file.
import type { Api } from "./api.js";
import type { Report } from "./types.js";

/** Answers the pages that it opened, until `end`. */
export class ReplayWindows {
  readonly #api: Pick<Api, "replay">;
  readonly #reports = new Map<MessageEventSource, Report>();
  readonly #ended = new AbortController();

  constructor(api: Pick<Api, "replay">) {
    this.#api = api;
    addEventListener("message", (event) => void this.#answer(event), { signal: this.#ended.signal });
  }

  /** False: the browser blocked the new tab. */
  open(report: Report): boolean {
    for (const page of this.#reports.keys()) if ((page as Window).closed) this.#reports.delete(page);
    const page = window.open(`/app?${new URLSearchParams({ replay: report.room, from: "console" })}`);
    if (page) this.#reports.set(page, report);
    return page !== null;
  }

  end(): void {
    this.#ended.abort();
    this.#reports.clear();
  }

  /** Only a page of this origin that this window opened gets a replay, and only that of its report. */
  async #answer({ origin, source, data }: MessageEvent<unknown>): Promise<void> {
    const report = source && this.#reports.get(source);
    const asked = (data ?? {}) as { type?: unknown; room?: unknown };
    if (origin !== location.origin || !source || !report) return;
    if (asked.type !== "skirmish.replay.wanted" || asked.room !== report.room) return;
    const answer = { type: "skirmish.replay", room: report.room };
    const send = (more: object) => source.postMessage({ ...answer, ...more }, { targetOrigin: location.origin });
    try {
      send({ bytes: await this.#api.replay(report.room), tick: report.tick, playerId: report.player_id });
    } catch (error) {
      send({ problem: `No replay: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
}
