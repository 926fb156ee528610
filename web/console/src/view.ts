// What every view gets, and what it is.
import type { Act } from "./acts.js";
import type { Api, Failure } from "./api.js";
import type { Live } from "./live.js";
import type { ReplayWindows } from "./replay-window.js";
import type { Route } from "./route.js";
import type { Role } from "./token.js";

export interface Context {
  readonly api: Api;
  readonly live: Live;
  /** Whether to offer what needs this role. */
  readonly may: (role: Role) => boolean;
  /** Opens the dialog before an act. */
  readonly act: (act: Act) => void;
  /** Opens replays of reports. */
  readonly replays: ReplayWindows;
  /** What became of a question of the view; undefined: it was answered. */
  readonly report: (failure: Failure | undefined) => void;
}

export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** After an act: asks again at once. */
  refresh(): void;
  /** Another route of the same view. False: it needs a new view. */
  go?(route: Route): boolean;
  end(): void;
}
