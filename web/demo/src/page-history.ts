// The browser history of the page: one entry for each step away from home, so that Back works inside the page.

interface Entry {
  /** The number of steps from home. */
  readonly depth: number;
}

export class PageHistory {
  /** A reloaded page still has its entry. */
  #depth = depthOf(history.state);

  /** `onBack` is called after the user went back. */
  constructor(onBack: () => void) {
    addEventListener("popstate", ({ state }) => {
      const depth = depthOf(state);
      // Forward is not supported.
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

  /** Records that the page shows a screen this many steps from home, at this address. */
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
