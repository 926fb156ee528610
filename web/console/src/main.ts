// The console: takes the operator's token, or asks for one.
import { Console } from "./console.js";
import { byId, setText, show } from "./dom.js";
import { forgetToken, keepToken, readClaims, takeToken, tokenOf } from "./token.js";

const signIn = byId("sign-in");
const input = byId<HTMLInputElement>("token");
let open: Console | undefined;

byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  // A whole link is fine too.
  const text = input.value.trim();
  start(tokenOf(text.slice(Math.max(0, text.indexOf("#")))) ?? text);
});
byId("sign-out").addEventListener("click", () => ask());
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("view").focus();
});
// Another link that is opened in this tab.
addEventListener("hashchange", () => {
  if (tokenOf(location.hash)) start(takeToken());
});
start(takeToken());

function start(token: string | undefined): void {
  if (token === undefined) return ask();
  const claims = readClaims(token);
  if (!claims) return ask("This is not an operator’s token.");
  open?.end();
  keepToken(token);
  input.value = "";
  show(signIn, false);
  open = new Console(token, claims, (message) => ask(message));
}

function ask(problem = ""): void {
  open?.end();
  open = undefined;
  forgetToken();
  document.title = "Skirmish console";
  setText(byId("token-error"), problem);
  show(byId("token-error"), problem !== "");
  show(signIn, true);
  input.focus();
}
