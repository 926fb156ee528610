// The texts of the page about refused calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadText } from "./load.mjs";

const { ProblemError, RoomError, errorInWords } = await loadText('export { ProblemError, RoomError } from "@skirmish/sdk"; export { errorInWords } from "./words.js";');

function refused(slug, detail) {
  return new RoomError({ type: `urn:skirmish:problem:${slug}`, title: "Refused", status: 422, detail });
}

test("the text for a refused setting names it and its range", () => {
  const detail = "lives must be 1 to 3 in this game.";
  assert.equal(errorInWords(refused("settings-invalid", detail)), detail);
});

test("other refusals have texts of the page", () => {
  assert.equal(errorInWords(refused("too-few", "The room has fewer players.")), "The match needs more players.");
});

test("the text for a ban or a closed pool is the operator's reason", () => {
  for (const [slug, status, detail] of [
    ["banned", 403, "You are banned: Insults"],
    ["pool-closed", 503, "Nobody can join this pool now: An update at 15:00"],
  ]) {
    assert.equal(errorInWords(new ProblemError({ type: `urn:skirmish:problem:${slug}`, title: "Refused", status, detail })), detail);
  }
});
