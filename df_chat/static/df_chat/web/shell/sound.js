// A short tone, made and not loaded.

/** @type {AudioContext | null} */
let audio = null;

/** Two soft notes. Silent where the browser wants a click first. */
export function playTone() {
  if (!("AudioContext" in globalThis)) return;
  audio ??= new AudioContext();
  audio.resume().catch(() => {});
  const start = audio.currentTime;
  for (const [index, frequency] of [660, 880].entries()) {
    const note = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + index * 0.12;
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
    note.connect(volume).connect(audio.destination);
    note.start(at);
    note.stop(at + 0.26);
  }
}
