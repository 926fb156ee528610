// The way to the speakers, kept open: browsers start it suspended, and iOS interrupts it for a call or another tab.

/** A phone lets sound begin at the end of a touch, a computer at the press of a key or a button. */
const GESTURES = ["pointerdown", "pointerup", "touchend", "keydown"] as const;

/** A context that a gesture could not wake within this time does not wake any more. */
const WAKES_MS = 1_000;

export interface OutputOptions {
  readonly make: () => AudioContext;
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly hidden: boolean };
  /** Whether a sound is wanted at all. */
  readonly wanted: () => boolean;
  readonly now: () => number;
}

export class AudioOutput {
  readonly #options: OutputOptions;
  #context: AudioContext | undefined;
  /** When a gesture first asked the silent context to go on. */
  #askedAt: number | undefined;

  /** Opens with the first gesture of the person, and again with each one that finds it silent. */
  constructor(options: OutputOptions) {
    this.#options = options;
    const { window, document } = options;
    for (const gesture of GESTURES) window.addEventListener(gesture, () => this.#open(), { capture: true, passive: true });
    // A call that is over may let it go on without a gesture.
    document.addEventListener("visibilitychange", () => !document.hidden && this.#resume());
    window.addEventListener("pageshow", () => this.#resume());
  }

  /** Undefined while nothing can be heard: a sound that waited would come late, and many at once. */
  get context(): AudioContext | undefined {
    return this.#context?.state === "running" ? this.#context : undefined;
  }

  #open(): void {
    if (!this.#options.wanted() || this.context) return;
    const now = this.#options.now();
    // iOS leaves a context interrupted for good at times.
    if (now - (this.#askedAt ?? now) >= WAKES_MS) {
      void this.#context?.close().catch(() => undefined);
      this.#context = this.#askedAt = undefined;
    }
    this.#context ??= this.#make();
    this.#askedAt ??= now;
    this.#resume();
  }

  #make(): AudioContext {
    const context = this.#options.make();
    context.addEventListener("statechange", () => {
      if (context.state === "running") this.#askedAt = undefined;
    });
    return context;
  }

  #resume(): void {
    if (!this.context) void this.#context?.resume().catch(() => undefined);
  }
}
