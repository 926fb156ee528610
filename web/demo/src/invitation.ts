// The invitation to a room: its code, a link to copy or share, and a QR code of the link.
import { copyText } from "./clipboard.js";
import { byId, setText, show } from "./dom.js";
import { qrCode } from "./qr-code.js";
import { announce } from "./screens.js";

const COPIED_MS = 2_000;

export class Invitation {
  readonly #link = byId<HTMLInputElement>("room-link");
  #copied: ReturnType<typeof setTimeout> | undefined;

  /** Connects the buttons. */
  start(): void {
    this.#link.addEventListener("focus", () => this.#link.select());
    byId("copy-link").addEventListener("click", () => void this.#copy());
    show(byId("share-link"), typeof navigator.share === "function");
    byId("share-link").addEventListener("click", () => void this.#share());
  }

  /** Shows the code of a room; undefined while it is not known. */
  show(code: string | undefined): void {
    setText(byId("room-code"), code ?? "…");
    const link = code === undefined ? "" : roomLink(code);
    if (this.#link.value === link) return;
    this.#link.value = link;
    byId("room-qr").replaceChildren(...(link === "" ? [] : [qrCode(link, "QR code of the link")]));
  }

  async #copy(): Promise<void> {
    const isCopied = await copyText(this.#link.value);
    if (!isCopied) {
      this.#link.focus();
      this.#link.select();
    }
    const words = isCopied ? "Copied" : "Copy it from the field";
    announce(isCopied ? "The link is copied." : "This page cannot copy the link. Copy it from the field.");
    setText(byId("copy-link"), words);
    clearTimeout(this.#copied);
    this.#copied = setTimeout(() => setText(byId("copy-link"), "Copy link"), COPIED_MS);
  }

  async #share(): Promise<void> {
    try {
      await navigator.share({ title: document.title, text: "Play with me:", url: this.#link.value });
    } catch (error) {
      // Closing the system's dialog is not a failure.
      if (!(error instanceof DOMException && error.name === "AbortError")) await this.#copy();
    }
  }
}

/** The address of this page that joins the room. */
function roomLink(code: string): string {
  return `${location.origin}${location.pathname}?room=${code}`;
}
