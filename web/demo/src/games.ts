// The games this page can draw, by the name in their server's welcome.
import { makeRenderer as arena } from "../../../games/arena/render.js";
import { makeRenderer as tag } from "../../../games/tag/render.js";
import type { MakeRenderer } from "./renderer.js";

/** One line for each game; `makeRenderer` is what its `render.ts` exports. */
export const GAMES: Readonly<Record<string, MakeRenderer>> = {
  arena,
  tag,
};
