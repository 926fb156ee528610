// Keeps an AudioContext running: browsers create it suspended, and iOS interrupts it for calls and other tabs.

/** Phones allow sound after a touch ends, computers after a key or button press. */
const GESTURES = ["pointerdown", "pointerup", "touchend", "keydown"] as const;

/** A context that a gesture could not resume within this time is replaced. */
const WAKES_MS = 1_000;

export interface OutputOptions {
  readonly make: () => AudioContext;
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly hidden: boolean };
  /** Whether sound is enabled. */
  readonly wanted: () => boolean;
  readonly now: () => number;
}

export class AudioOutput {
  readonly #options: OutputOptions;
  #context: AudioContext | undefined;
  /** When a gesture first tried to resume the suspended context. */
  #askedAt: number | undefined;

  /** Opens the context on the first user gesture, and resumes it on later ones. */
  constructor(options: OutputOptions) {
    this.#options = options;
    const { window, document } = options;
    for (const gesture of GESTURES) window.addEventListener(gesture, () => this.#open(), { capture: true, passive: true });
    // After a call, the context may resume without a gesture.
    document.addEventListener("visibilitychange", () => !document.hidden && this.#resume());
    window.addEventListener("pageshow", () => this.#resume());
  }

  /** The running context. Undefined while it is suspended: queued sounds would play late, all at once. */
  get context(): AudioContext | undefined {
    return this.#context?.state === "running" ? this.#context : undefined;
  }

  #open(): void {
    if (!this.#options.wanted() || this.context) return;
    const now = this.#options.now();
    // iOS sometimes leaves a context interrupted permanently.
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
