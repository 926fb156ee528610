// The feedback page: sends the form and shows the result.
import { backend } from "./backend.js";
import { byId, setText, show } from "./dom.js";

const form = byId<HTMLFormElement>("feedback");
const text = byId<HTMLTextAreaElement>("text");
const contact = byId<HTMLInputElement>("contact");
const send = byId<HTMLButtonElement>("send");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
byId("more").addEventListener("click", () => {
  showThanks(false);
  text.focus();
});

async function submit(): Promise<void> {
  if (text.value.trim() === "") {
    setText(byId("status"), "Write a few words first.");
    return text.focus();
  }
  send.disabled = true;
  setText(byId("status"), "Sending…");
  const problem = await post();
  send.disabled = false;
  setText(byId("status"), problem ?? "");
  if (problem !== undefined) return;
  form.reset();
  showThanks(true);
  byId("thanks").focus();
}

/** Sends the feedback. Returns an error text, or undefined on success. */
async function post(): Promise<string | undefined> {
  const reach = contact.value.trim();
  const body = JSON.stringify({ text: text.value.trim(), ...(reach !== "" && { contact: reach }) });
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${backend()}/feedback`, { method: "POST", headers, body });
    if (response.ok) return undefined;
    if (response.status === 413) return "This is too long. Shorten it, then send it again.";
    if (response.status >= 500) return "The server has a problem. Your text is still here. Please send it again soon.";
    const problem: unknown = await response.json().catch(() => undefined);
    const detail = typeof problem === "object" && problem !== null && "detail" in problem ? problem.detail : undefined;
    return typeof detail === "string" ? detail : "The server did not accept this.";
  } catch {
    return "The server cannot be reached. Your text is still here. Please send it again soon.";
  }
}

function showThanks(shown: boolean): void {
  show(byId("thanks"), shown);
  show(form, !shown);
}
