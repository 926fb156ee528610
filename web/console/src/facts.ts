// A list of facts: names and values, which change in place.
import { link, make, setText } from "./dom.js";

export interface Fact {
  readonly name: string;
  readonly text: string;
  /** Where the value leads. */
  readonly href?: string | undefined;
  /** Of the value: a state's colour. */
  readonly tone?: string | undefined;
}

export class Facts {
  readonly element = make("dl", "facts");
  #shown = "";

  /** Facts without a text are left out. */
  set(facts: readonly (Fact | undefined)[]): void {
    const known = facts.filter((fact) => fact !== undefined);
    // The same facts in the same order: only texts change, so that a selection and the focus stay.
    const names = JSON.stringify(known.map(({ name, href, tone }) => [name, href, tone]));
    if (names !== this.#shown) {
      this.#shown = names;
      this.element.replaceChildren(...known.map(row));
    }
    const values = this.element.querySelectorAll("[data-value]");
    known.forEach(({ text }, n) => values[n] && setText(values[n], text));
  }
}

function row({ name, href, tone, text }: Fact): HTMLElement {
  const value = href === undefined ? make("span", tone ? `badge ${tone}` : "", text) : link(text, href);
  value.dataset["value"] = "";
  return make("div", "", make("dt", "", name), make("dd", "", value));
}
