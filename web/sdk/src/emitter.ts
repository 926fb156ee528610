// Typed events: `on` returns the function that takes the listener off again.

/** Takes a listener off; calling it again does nothing. */
export type Disposer = () => void;

type Listener<T> = (event: T) => void;

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  on<K extends keyof Events>(type: K, listener: Listener<Events[K]>): Disposer {
    let listeners = this.#listeners.get(type);
    if (!listeners) this.#listeners.set(type, (listeners = new Set()));
    // A wrapper of its own lets the same function be added twice and taken off once.
    const own: Listener<Events[K]> = (event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        (listener as Listener<Events[K]>)(event);
      } catch (error) {
        // A listener that throws must not stop the others, nor the socket; it still shows up as an uncaught error.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
