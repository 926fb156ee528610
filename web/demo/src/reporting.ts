// The dialog in which a player reports another player of the match.
import type { Lobby } from "@skirmish/sdk";
import { byId, setText, show } from "./dom.js";
import { reportErrorInWords } from "./words.js";

const THANKS = "Thank you. An operator will look at it.";
/** The position of the version in a UUID. */
const VERSION_AT = 14;
const BOT_VERSION = "8";

/** The match whose players can be reported. */
export interface Reported {
  readonly lobby: Lobby;
  readonly room: string;
  readonly people: () => readonly { readonly playerId: string; readonly name: string }[];
  /** The current tick, or the last one. */
  readonly tick: () => number;
}

/** Whether a player can be reported: not oneself, and not a bot. */
export function isReportable(playerId: string, ownId: string | undefined): boolean {
  return playerId !== ownId && playerId.charAt(VERSION_AT) !== BOT_VERSION;
}

export class Reporting {
  readonly #dialog = byId<HTMLDialogElement>("report");
  readonly #who = byId<HTMLSelectElement>("report-who");
  readonly #reason = byId<HTMLTextAreaElement>("report-reason");
  readonly #send = byId<HTMLButtonElement>("report-send");
  #reported: Reported | undefined;
  #tick = 0;

  /** Connects the buttons. */
  start(): void {
    byId("report-open").addEventListener("click", () => this.#open());
    byId("final-scores").addEventListener("click", ({ target }) => {
      const row = target instanceof Element && target.closest(".report")?.closest<HTMLElement>("[data-player]");
      if (row) this.#open(row.dataset["player"]);
    });
    byId("report-form").addEventListener("submit", (event) => (event.preventDefault(), void this.#submit()));
    byId("report-cancel").addEventListener("click", () => this.#dialog.close());
    // The keys of the game are letters.
    this.#dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.#dialog.addEventListener("close", () => {
      if (document.body.dataset["screen"] === "match") byId("arena").focus({ preventScroll: true });
    });
  }

  /** Allows reports of the players of this match from now on. */
  offer(reported: Reported): void {
    // A report that is being written can be sent after the end of its match.
    if (reported.room !== this.#reported?.room) this.#dialog.close();
    this.#reported = reported;
  }

  #open(playerId = ""): void {
    if (!this.#reported) return;
    const { lobby, people, tick } = this.#reported;
    const others = people().filter((person) => isReportable(person.playerId, lobby.playerId));
    this.#tick = tick();
    this.#who.replaceChildren(...others.map(({ name, playerId }) => new Option(name, playerId)));
    this.#who.value = playerId || (others[0]?.playerId ?? "");
    this.#reason.value = "";
    this.#showNote("", false);
    this.#dialog.showModal();
    this.#reason.focus();
  }

  async #submit(): Promise<void> {
    const [playerId, reason] = [this.#who.value, this.#reason.value.trim()];
    if (!this.#reported || this.#send.disabled || !playerId) return;
    if (!reason) return this.#showNote("Write a few words first.", false);
    const { lobby, room } = this.#reported;
    this.#send.disabled = true;
    this.#showNote("Sending…", false);
    try {
      await lobby.report({ playerId, tick: this.#tick, reason, room });
      this.#showNote(THANKS, true);
      byId("report-cancel").focus();
    } catch (error) {
      this.#showNote(reportErrorInWords(error), false);
    } finally {
      this.#send.disabled = false;
    }
  }

  #showNote(words: string, isDone: boolean): void {
    setText(byId("report-note"), words);
    show(byId("report-fields"), !isDone);
    show(this.#send, !isDone);
    setText(byId("report-cancel"), isDone ? "Close" : "Cancel");
  }
}
