// A typed event emitter.

/** Removes a listener. Further calls do nothing. */
export type Disposer = () => void;

type Listener<T> = (event: T) => void;

/** Calls listeners by event name. `Events` maps each name to the type of its value. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Adds a listener; returns a function that removes it. */
  on<K extends keyof Events>(type: K, listener: Listener<Events[K]>): Disposer {
    let listeners = this.#listeners.get(type);
    if (!listeners) this.#listeners.set(type, (listeners = new Set()));
    // With a wrapper, the same function can be added twice and removed once.
    const own: Listener<Events[K]> = (event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Calls the listeners of an event, in the order in which they were added. */
  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        (listener as Listener<Events[K]>)(event);
      } catch (error) {
        // An error in a listener must not stop the other listeners or the socket. It is reported as uncaught.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
