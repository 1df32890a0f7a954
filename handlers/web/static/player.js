// Plays a video and says, of every picture shown, which of the endpoint's answers belongs to it.

import { byId, level } from "./dom.js";

export class Player {
  // onframe: called with the number of the answer, and whether the video is running
  constructor(video, onframe) {
    Object.assign(this, { video, onframe, count: 0 });
    for (const id of ["player", "play", "seek", "time", "back", "forth"]) this[id] = byId(id);
    this.play.addEventListener("click", () => (video.paused ? video.play() : video.pause()));
    this.back.addEventListener("click", () => this.step(-1));
    this.forth.addEventListener("click", () => this.step(1));
    this.seek.addEventListener("input", () => this.go(Number(this.seek.value)));
    for (const event of ["play", "pause"]) video.addEventListener(event, () => this.changed());
    video.addEventListener("seeked", () => this.shown(video.currentTime));
    if (!video.requestVideoFrameCallback) video.addEventListener("timeupdate", () => this.shown(video.currentTime));
  }

  // count: answers; stride: of so many frames the last is answered. The video holds all frames, or, where it is
  // the annotated one, stride is 1 and it holds the answered ones.
  open(count, stride) {
    Object.assign(this, { count, stride, index: -1 });
    this.perSecond = (count * stride) / this.video.duration;
    this.seek.max = count - 1;
    this.player.hidden = false;
    this.go(0);
    this.follow();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.video.play().catch(() => {});
  }

  close() {
    this.count = 0;
    this.video.pause();
    this.player.hidden = true;
  }

  step(by) {
    this.video.pause();
    this.go(Math.min(Math.max(this.index + by, 0), this.count - 1));
  }

  go(index) {
    const frame = index * this.stride + this.stride - 1;
    this.video.currentTime = (frame + 0.5) / this.perSecond;
    this.tell(index);
  }

  follow() {
    const { video } = this;
    video.requestVideoFrameCallback?.((_, { mediaTime }) => {
      if (!this.count) return;
      if (!video.paused) this.shown(mediaTime);
      this.follow();
    });
  }

  shown(time) {
    if (!this.count) return;
    const frame = Math.floor(time * this.perSecond + 0.01);
    const nearest = Math.round((frame - this.stride + 1) / this.stride);
    this.tell(Math.min(Math.max(nearest, 0), this.count - 1));
  }

  tell(index) {
    if (index === this.index) return;
    this.index = index;
    level(this.seek, index);
    this.seek.setAttribute("aria-valuetext", `${index + 1} of ${this.count}`);
    this.time.textContent = `${index + 1} / ${this.count}`;
    this.onframe(index, !this.video.paused);
  }

  changed() {
    const running = !this.video.paused;
    this.play.setAttribute("aria-label", running ? "Pause" : "Play");
    this.play.querySelector("use").setAttribute("href", running ? "#i-pause" : "#i-play");
    if (!running && this.count) this.onframe(this.index, false);
  }
}
