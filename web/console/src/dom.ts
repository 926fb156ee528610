// Small DOM helpers.

type Child = Node | string | undefined;

/** The element with this id. @throws if there is none. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** Creates an element with classes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, classes = "", ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A link of this page. */
export function link(text: string, href: string, classes = ""): HTMLAnchorElement {
  const element = make("a", classes, text);
  element.href = href;
  return element;
}

export function button(text: string, classes: string, press: () => void): HTMLButtonElement {
  const element = make("button", `button ${classes}`.trim(), text);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

/** A field with its label. */
export function field(label: string, input: HTMLElement, classes = ""): HTMLLabelElement {
  return make("label", `field ${classes}`.trim(), make("span", "", label), input);
}

/** The choices of a `select`, which keeps its value if that is still one. */
export function setOptions(select: HTMLSelectElement, options: readonly (readonly [value: string, label: string])[]): void {
  const wanted = JSON.stringify(options);
  if (select.dataset["options"] === wanted) return;
  const { value } = select;
  select.dataset["options"] = wanted;
  select.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
  if (options.some(([known]) => known === value)) select.value = value;
}

/** Sets the text if it changed, so that live regions announce only changes, and a selection stays. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

/** An element of SVG with attributes. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Readonly<Record<string, string | number>>): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
