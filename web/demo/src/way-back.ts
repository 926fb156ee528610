// The browser's Back goes back inside the page: one entry of its history for each step away from home.

interface Entry {
  /** Steps away from home. */
  readonly depth: number;
}

export class WayBack {
  /** A page that is loaded again has its entry still. */
  #depth = depthOf(history.state);

  /** `onBack` hears that the person went back, so that fewer steps are left. */
  constructor(onBack: () => void) {
    addEventListener("popstate", ({ state }) => {
      const depth = depthOf(state);
      // What lay ahead is over: there is no way forward.
      if (depth > this.#depth) return history.go(this.#depth - depth);
      // The page itself went back.
      if (depth === this.#depth) return;
      this.#depth = depth;
      onBack();
    });
  }

  get depth(): number {
    return this.#depth;
  }

  /** The page shows a screen this many steps away from home, at an address of its own. */
  go(depth: number, address = location.pathname): void {
    const from = this.#depth;
    this.#depth = depth;
    if (depth < from) return history.go(depth - from);
    const entry: Entry = { depth };
    if (depth > from) history.pushState(entry, "", address);
    else history.replaceState(entry, "", address);
  }
}

function depthOf(state: unknown): number {
  const entry = state as Partial<Entry> | null;
  return typeof entry?.depth === "number" ? entry.depth : 0;
}
