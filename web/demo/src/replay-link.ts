// Links to replays: the button that copies one, its address, and how the page opens one.
import { ProblemError, sharedReplay } from "@skirmish/sdk";
import type { Replay, ReplayLink } from "@skirmish/sdk";
import { copyText } from "./clipboard.js";
import { NoReplayError } from "./console-replay.js";
import { byId, setText, show } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { announce } from "./screens.js";
import { errorInWords } from "./words.js";

const NOTE_MS = 4_000;

/** The address of this page that shows the replay to anybody. The token is in the fragment, so it is in no log of a server. */
export function linkOf(roomId: string, { token }: ReplayLink): string {
  return `${location.origin}${location.pathname}?${new URLSearchParams({ replay: roomId })}#token=${token}`;
}

/** Loads the replay of a link. */
export async function openLink(server: string, roomId: string, token: string, signal: AbortSignal): Promise<Replay<AnyGame>> {
  try {
    return await sharedReplay<AnyGame>(server, roomId, token, { signal });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.slug !== "unauthorized") throw error;
    throw new NoReplayError("This link does not work any more. Replays are kept for a limited time.");
  }
}

/** Offers to copy the link, until the signal is aborted. Undefined: there is no link. */
export function offerLink(link: (() => Promise<string>) | undefined, signal: AbortSignal): void {
  const [button, note] = [byId("share-replay"), byId("live-note")];
  show(button, link !== undefined);
  if (!link) return;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  let made: string | undefined;
  const say = (words: string) => {
    setText(note, words);
    note.classList.add("still");
    show(note, true);
    announce(words);
    clearTimeout(hiding);
    hiding = setTimeout(() => show(note, false), NOTE_MS);
  };
  const share = async () => {
    made ??= await link();
    // A browser that forbids this after a request allows it when the button is pressed again.
    return (await copyText(made)) ? "The link is copied. Anybody can watch the replay with it." : "Press Share again to copy the link.";
  };
  const press = () => share().catch(errorInWords).then((words) => signal.aborted || say(words));
  button.addEventListener("click", () => void press(), { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(hiding);
    for (const element of [button, note]) show(element, false);
  });
}
