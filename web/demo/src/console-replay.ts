// Gets a replay from the operators' console, which opened this page: the page itself has no operator's token.

const TIMEOUT_MS = 20_000;

/** The replay from the console. */
export interface Handed {
  readonly bytes: Uint8Array;
  /** The tick of the report. */
  readonly tick: number;
  /** The reported player. */
  readonly playerId: string;
}

/**
 * Requests the replay of a room from the page that opened this one. Only a page of this origin gets the request, and only its answer
 * counts.
 */
export function askConsole(room: string, signal: AbortSignal): Promise<Handed> {
  const opener = window.opener as Window | null;
  return new Promise((resolve, reject) => {
    if (!opener) return reject(new NoReplayError("Open the replay from the console again."));
    const ended = new AbortController();
    const end = (settle: () => void) => (ended.abort(), clearTimeout(timer), settle());
    const fail = (message: string) => end(() => reject(new NoReplayError(message)));
    const timer = setTimeout(() => fail("The console does not answer. Is its tab still open?"), TIMEOUT_MS);
    const listen = ({ origin, source, data }: MessageEvent<unknown>) => {
      if (origin !== location.origin || source !== opener) return;
      const answer = (data ?? {}) as { type?: unknown; room?: unknown; problem?: unknown } & Partial<Handed>;
      if (answer.type !== "skirmish.replay" || answer.room !== room) return;
      const { bytes, tick, playerId, problem } = answer;
      if (!(bytes instanceof Uint8Array)) return fail(typeof problem === "string" ? problem : "The console has no replay.");
      end(() => resolve({ bytes, tick: Number(tick) || 0, playerId: String(playerId) }));
    };
    addEventListener("message", listen, { signal: ended.signal });
    signal.addEventListener("abort", () => end(() => reject(signal.reason)), { signal: ended.signal });
    opener.postMessage({ type: "skirmish.replay.wanted", room }, location.origin);
  });
}

/** The reason why there is no replay, as a text for the user. */
export class NoReplayError extends Error {}
