// The arena as the JavaScript peers simulate it: the same sizes, speeds and cooldowns as games/arena, but no player
// runs out of lives, so that a match lasts longer than the measurement.

export const TICKS_PER_SECOND = 60;
const SIDE = 824;
const PLAYER_RADIUS = 10;
const SHOT_RADIUS = 5;
const PLAYER_STEP = 240 / TICKS_PER_SECOND;
const SHOT_STEP = 600 / TICKS_PER_SECOND;
const COOLDOWN_TICKS = TICKS_PER_SECOND / 4;

export const spawn = () => ({
  x: PLAYER_RADIUS + Math.random() * (SIDE - 2 * PLAYER_RADIUS),
  y: PLAYER_RADIUS + Math.random() * (SIDE - 2 * PLAYER_RADIUS),
});

// Moves a player by their input and returns whether they shoot now. `pad` holds state that is not sent: the input and
// the cooldown.
export function movePlayer(player, pad) {
  const length = Math.hypot(pad.dx, pad.dy);
  if (length > 0) {
    const held = (at) => Math.min(SIDE - PLAYER_RADIUS, Math.max(PLAYER_RADIUS, at));
    player.x = held(player.x + (pad.dx / length) * PLAYER_STEP);
    player.y = held(player.y + (pad.dy / length) * PLAYER_STEP);
  }
  player.aim = pad.aim;
  pad.cooldown = Math.max(0, pad.cooldown - 1);
  const fires = pad.fire && pad.cooldown === 0;
  pad.fire = false;
  if (fires) pad.cooldown = COOLDOWN_TICKS;
  return fires;
}

// Moves a shot. Returns false if it left the arena.
export function moveShot(shot, angle) {
  shot.x += Math.cos(angle) * SHOT_STEP;
  shot.y += Math.sin(angle) * SHOT_STEP;
  const inside = (at) => at > SHOT_RADIUS && at < SIDE - SHOT_RADIUS;
  return inside(shot.x) && inside(shot.y);
}

// Whether a shot hits a player.
export const hits = (shot, player) => {
  const reach = PLAYER_RADIUS + SHOT_RADIUS;
  return (shot.x - player.x) ** 2 + (shot.y - player.y) ** 2 < reach * reach;
};

export const newPad = () => ({ dx: 0, dy: 0, aim: 0, fire: false, cooldown: 0 });

export function takeInput(pad, input) {
  pad.dx = Number(input.dx) || 0;
  pad.dy = Number(input.dy) || 0;
  pad.aim = Number(input.aim) || 0;
  pad.fire ||= input.fire === true;
}
