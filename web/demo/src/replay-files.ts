// Replay files that the viewer selects or drops on the page.
import { byId, show } from "./dom.js";

/** Calls `open` with each file that is selected or dropped. */
export function takeFiles(open: (file: File) => void): void {
  const input = byId<HTMLInputElement>("replay-file");
  byId("open-replay").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    // Allow the same file to be selected again.
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
    // The pointer left the window, not just an element.
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
