// Small helpers over the document: the elements the page has, made ones, and what to hide.

/** The element with this id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** A new element with classes and text. */
export function make(tag: keyof HTMLElementTagNameMap, classes = "", text = ""): HTMLElement {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text) element.textContent = text;
  return element;
}

/** Sets the text where it changed, so that live regions speak only of news. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

/** The person asked the system for less motion. */
export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
