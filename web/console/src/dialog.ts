// The dialog before an act: it says what will happen, and asks for the reason.
import { LENGTHS, lengthBody, overridesBody } from "./acts.js";
import type { Act } from "./acts.js";
import { Failure } from "./api.js";
import type { Api } from "./api.js";
import { byId, setOptions, setText, show } from "./dom.js";
import type { Done } from "./types.js";

/** The API counts characters, not UTF-16 units, and the field's limit is not above that. */
const REASON_MAX = 200;

export class ActDialog {
  readonly #dialog = byId<HTMLDialogElement>("act");
  readonly #reason = byId<HTMLInputElement>("act-reason");
  readonly #length = byId<HTMLSelectElement>("act-length");
  readonly #overrides = byId<HTMLTextAreaElement>("act-overrides");
  readonly #confirm = byId<HTMLButtonElement>("act-confirm");
  readonly #error = byId("act-error");
  readonly #api: Api;
  readonly #done: (act: Act, done: Done) => void;
  readonly #ended = new AbortController();
  #act: Act | undefined;
  #isSending = false;

  /** Calls `done` after each act. */
  constructor(api: Api, done: (act: Act, done: Done) => void) {
    this.#api = api;
    this.#done = done;
    const { signal } = this.#ended;
    setOptions(this.#length, LENGTHS.map(({ label, seconds }) => [String(seconds), label]));
    byId("act-form").addEventListener("submit", (event) => (event.preventDefault(), void this.#send()), { signal });
    byId("act-cancel").addEventListener("click", () => this.#dialog.close(), { signal });
  }

  open(act: Act): void {
    this.#act = act;
    setText(byId("act-title"), act.title);
    setText(byId("act-effect"), act.effect);
    setText(byId("act-note"), act.isReasonShown ? "Players see it, and the audit records it." : "The audit records it.");
    setText(this.#confirm, act.confirm);
    this.#confirm.className = act.isDangerous ? "button danger" : "button primary";
    show(byId("act-until"), act.hasLength);
    show(byId("act-settings"), act.settings !== undefined);
    setText(byId("act-now"), act.settings?.now ?? "");
    this.#overrides.value = act.settings?.overrides ?? "";
    show(this.#error, false);
    this.#reason.value = "";
    this.#dialog.showModal();
    (act.settings ? this.#overrides : this.#reason).focus();
  }

  end(): void {
    this.#ended.abort();
    this.#dialog.close();
  }

  async #send(): Promise<void> {
    const act = this.#act;
    const reason = this.#reason.value.trim().slice(0, REASON_MAX);
    if (!act || this.#isSending) return;
    if (!reason) return this.#fail("Write a reason.");
    const overrides = act.settings ? overridesBody(this.#overrides.value) : {};
    if (!overrides) return this.#fail("The settings must be a JSON object.");
    const length = act.hasLength ? lengthBody(Number(this.#length.value), Date.now()) : {};
    this.#busy(true);
    try {
      const done = await this.#api.act(act.path, { ...act.body, ...length, ...overrides, reason });
      this.#dialog.close();
      this.#done(act, done);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const unclear = error.isLost ? " It may have been done: see the audit. To repeat it does no harm." : "";
      this.#fail(`${error.message}${unclear}`);
    } finally {
      this.#busy(false);
    }
  }

  #busy(isSending: boolean): void {
    this.#isSending = isSending;
    this.#confirm.disabled = isSending;
  }

  #fail(message: string): void {
    setText(this.#error, message);
    show(this.#error, true);
    this.#reason.focus();
  }
}
