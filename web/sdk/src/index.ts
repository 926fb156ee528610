// The public API: the exports of "@skirmish/sdk".
export type { PlayerChange, PlayerReport, ReplayLink } from "./api.js";
export { connect } from "./connect.js";
export type { ConnectOptions } from "./connect.js";
export { Lobby } from "./lobby.js";
export type { CreateRoomOptions, EnterOptions, JoinOptions, PlayOptions, WatchAnyOptions } from "./lobby-options.js";
export type { Room } from "./room.js";
export { codeFromUrl, roomCode } from "./room-code.js";
export type { GatheringRoom, OpenRoom, RoomInfo, RoomMeta, RoomPlayer, RoomPreview, Visibility } from "./room-info.js";
export type { ListedRoom, RoomListOptions, RoomPage, RoomSearch } from "./room-list.js";
export type { RoomsListener } from "./room-watch.js";
export type { RoomChange } from "./rooms-api.js";
export { Match } from "./match.js";
export type { MatchEvents } from "./match-events.js";
export { Replay } from "./replay.js";
export type { ReplayOptions } from "./replay.js";
export type { ReplayPlayer } from "./roster.js";
export { sharedReplay } from "./shared-replay.js";
export { Watch } from "./watch.js";
export type { WatchEvents, WatchStatus } from "./watch.js";
export { Engine, EngineError } from "./engine.js";
export type { EngineSource, EngineSources } from "./engine-source.js";
export type { InputField } from "./description.js";
export type { EngineStats } from "./engine.js";
export type { MatchStats } from "./match-options.js";
export type { Transport } from "./game-socket.js";
export type { Outage } from "./game-link.js";
export { CloseCode } from "./game-messages.js";
export type { GameEvent, Input, Over, Said } from "./game-messages.js";
export type {
  Countdown,
  GameAddress,
  GameRegion,
  LobbyEvents,
  LobbyState,
  MatchInfo,
  MatchOver,
  Queued,
  Removed,
  Requeued,
} from "./lobby-messages.js";
export type { PlayerInfo, Score } from "./players.js";
export type { Arena, CommandArgs, CommandName, GameInput, GameShape, MatchView, PlayerBase, PlayerView, ProjectileView, ThingBase, ThingView } from "./view.js";
export type { Connection, WebSocketClass, WebSocketLike } from "./socket.js";
export type { WebTransportAddress } from "./webtransport.js";
export type { Applied } from "./commands.js";
export type { Delivery } from "./outbox.js";
export type { TokenSource } from "./http.js";
export { CommandError, ConnectionError, LeftError, MessageError, ProblemError, ReplayError, RoomError, SocketBlockedError, SupersededError } from "./errors.js";
export type { Problem, RoomProblem } from "./errors.js";
export type { Disposer } from "./emitter.js";

import { connect } from "./connect.js";

/** The entry point as a namespace: `const lobby = await Skirmish.connect(url)`. */
export const Skirmish = { connect } as const;
