// Replay files that a person brings along: chosen, or dropped on the page.
import { byId, show } from "./dom.js";

/** Calls with each file that is chosen or dropped. */
export function takeFiles(open: (file: File) => void): void {
  const input = byId<HTMLInputElement>("replay-file");
  byId("open-replay").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    // The same file may be chosen again.
    input.value = "";
    if (file) open(file);
  });
  const hint = byId("drop");
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(hint, true);
  });
  addEventListener("dragleave", (event) => {
    // Out of the window, not from one element to the next.
    if (event.relatedTarget === null) show(hint, false);
  });
  addEventListener("drop", (event) => {
    show(hint, false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) open(file);
  });
}
