// Draws a player: body, gun, shield, name and lives.
import type { PlayerView } from "@skirmish/sdk";
import { fade, glow } from "@skirmish/demo/colors.js";

export interface PlayerLook {
  readonly radius: number;
  /** The remaining time of the protection after a spawn. */
  readonly shieldMs: number;
  /** 1 right after a shot, then down to 0. */
  readonly recoil: number;
  /** The rotation of the shield's ring, radians. */
  readonly turn: number;
  /** The position of the name; undefined: no name. */
  readonly label: "above" | "below" | undefined;
}

export function drawPlayer(context: CanvasRenderingContext2D, player: PlayerView, look: PlayerLook): void {
  const { radius, recoil } = look;
  context.save();
  context.translate(player.x, player.y);
  if (!player.online) context.globalAlpha = 0.38;
  const halo = radius * (player.own ? 5.2 : 4.4);
  context.globalCompositeOperation = "lighter";
  context.globalAlpha *= 0.5;
  context.drawImage(glow(player.color), -halo, -halo, halo * 2, halo * 2);
  context.globalAlpha /= 0.5;
  context.globalCompositeOperation = "source-over";
  drawGun(context, player, radius, recoil);
  context.fillStyle = player.color;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "rgba(255,255,255,.22)";
  context.beginPath();
  context.arc(-radius * 0.28, -radius * 0.32, radius * 0.5, 0, 2 * Math.PI);
  context.fill();
  if (player.own) {
    context.strokeStyle = "rgba(255,255,255,.95)";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(0, 0, radius + 4, 0, 2 * Math.PI);
    context.stroke();
  }
  if (!player.online) drawAway(context, radius);
  if (look.shieldMs > 0) drawShield(context, look);
  if (look.label) drawLabel(context, player, radius, look.label);
  context.restore();
}

function drawGun(context: CanvasRenderingContext2D, player: PlayerView, radius: number, recoil: number): void {
  context.save();
  context.rotate(player.aim);
  const length = radius * 1.95 - recoil * 5;
  context.lineCap = "round";
  context.strokeStyle = "#0a0d13";
  context.lineWidth = radius * 0.95;
  line(context, length);
  context.strokeStyle = fade(player.color, 0.75);
  context.lineWidth = radius * 0.6;
  line(context, length);
  context.restore();
}

function line(context: CanvasRenderingContext2D, length: number): void {
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(length, 0);
  context.stroke();
}

/** A pause sign. Resets the opacity for what is drawn next. */
function drawAway(context: CanvasRenderingContext2D, radius: number): void {
  context.globalAlpha = 0.8;
  context.fillStyle = "#ffffff";
  context.fillRect(-radius * 0.42, -radius * 0.45, radius * 0.28, radius * 0.9);
  context.fillRect(radius * 0.14, -radius * 0.45, radius * 0.28, radius * 0.9);
}

function drawShield(context: CanvasRenderingContext2D, { radius, shieldMs, turn }: PlayerLook): void {
  const share = Math.min(1, shieldMs / 1000);
  context.save();
  context.rotate(turn);
  context.strokeStyle = `rgba(215,240,255,${(0.35 + 0.5 * share).toFixed(2)})`;
  context.lineWidth = 2;
  context.setLineDash([7, 5]);
  context.beginPath();
  context.arc(0, 0, radius + 9, 0, 2 * Math.PI);
  context.stroke();
  context.fillStyle = `rgba(190,225,255,${(0.1 * share).toFixed(3)})`;
  context.fill();
  context.restore();
}

function drawLabel(context: CanvasRenderingContext2D, player: PlayerView, radius: number, at: "above" | "below"): void {
  const y = at === "below" ? radius + 21 : -radius - 19;
  const name = player.online ? player.name : `${player.name} · away`;
  context.textAlign = "center";
  context.font = `${player.own ? 700 : 600} 13px system-ui, sans-serif`;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(7,9,13,.85)";
  context.strokeText(name, 0, y);
  context.fillStyle = player.own ? "#ffffff" : "#c5d0e0";
  context.fillText(name, 0, y);
  const gap = 9;
  for (let i = 0; i < player.lives; i++) {
    context.fillStyle = player.color;
    context.beginPath();
    context.arc((i - (player.lives - 1) / 2) * gap, -radius - 11, 2.6, 0, 2 * Math.PI);
    context.fill();
  }
}
