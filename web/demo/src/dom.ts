// Small DOM helpers.

/** The element with this id. @throws if there is none. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** Creates an element with classes and text. */
export function make(tag: keyof HTMLElementTagNameMap, classes = "", text = ""): HTMLElement {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text) element.textContent = text;
  return element;
}

/** Sets the text if it changed, so that live regions announce only changes. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

/** The user prefers reduced motion. */
export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
