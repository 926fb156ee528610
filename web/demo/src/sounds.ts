// Synthetic sounds, without files. Silent until the first user gesture.
import { AudioOutput } from "./audio-output.js";
import { byId } from "./dom.js";
import { loadMuted, saveMuted } from "./session.js";

type Tone = { readonly from: number; readonly to: number; readonly ms: number; readonly type: OscillatorType; readonly gain: number };

const TONES = {
  ownShot: { from: 720, to: 190, ms: 90, type: "triangle", gain: 0.09 },
  shot: { from: 520, to: 170, ms: 70, type: "triangle", gain: 0.025 },
  struck: { from: 240, to: 60, ms: 220, type: "square", gain: 0.05 },
  ownStruck: { from: 180, to: 38, ms: 420, type: "sawtooth", gain: 0.13 },
  point: { from: 620, to: 1240, ms: 160, type: "sine", gain: 0.1 },
  spawn: { from: 300, to: 640, ms: 200, type: "sine", gain: 0.05 },
} as const satisfies Record<string, Tone>;

export type Sound = keyof typeof TONES;

const MASTER = 0.8;

let output: AudioOutput | undefined;
let muted = loadMuted();

/** Connects the mute button. */
export function startSounds(): void {
  const [make, wanted, now] = [() => new AudioContext(), () => !muted, () => performance.now()];
  output = new AudioOutput({ make, wanted, now, window, document });
  const button = byId("mute");
  const show = () => button.setAttribute("aria-pressed", String(!muted));
  button.addEventListener("click", () => {
    muted = !muted;
    saveMuted(muted);
    show();
    // Return the focus, so that Space fires again.
    byId("arena").focus({ preventScroll: true });
  });
  show();
}

export function play(sound: Sound): void {
  const context = output?.context;
  if (muted || document.hidden || !context) return;
  const { from, to, ms, type, gain } = TONES[sound];
  const start = context.currentTime;
  const end = start + ms / 1000;
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.type = type;
  // Vary the pitch.
  const tune = 0.94 + Math.random() * 0.12;
  tone.frequency.setValueAtTime(from * tune, start);
  tone.frequency.exponentialRampToValueAtTime(to * tune, end);
  volume.gain.setValueAtTime(gain * MASTER, start);
  volume.gain.exponentialRampToValueAtTime(0.0001, end);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(end);
}
