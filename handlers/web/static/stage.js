// Where the picture or the video is seen: one frame as large as the room allows, the overlay exactly above it.

import { byId, paint } from "./dom.js";

export class Stage {
  constructor() {
    for (const id of ["stage", "frame", "picture", "video", "camera", "drop", "busy", "busy-text"]) this[id] = byId(id);
    this.url = null;
    this.leave = () => {};
  }

  // Shows a file, as far as the browser can. Answers whether it can; no, where it is released before that is known.
  async open(file, isVideo) {
    this.release();
    this.url = URL.createObjectURL(file);
    return isVideo ? this.playable(this.url) : this.viewable(this.url);
  }

  async viewable(url) {
    this.picture.src = url;
    try {
      await this.picture.decode();
    } catch {
      return false;
    }
    this.fit(this.picture.naturalWidth, this.picture.naturalHeight);
    this.only(this.frame, this.picture);
    return true;
  }

  // Whether a video's pictures can be played and its length is known.
  async playable(url) {
    const { video } = this;
    video.src = url;
    const ready = await new Promise((resolve) => {
      this.leave = () => resolve(false);
      video.onloadeddata = () => resolve(true);
      video.onerror = () => resolve(false);
    });
    if (!ready || !video.videoWidth || !Number.isFinite(video.duration)) return false;
    this.fit(video.videoWidth, video.videoHeight);
    this.only(this.frame, video);
    return true;
  }

  watch(stream) {
    this.camera.srcObject = stream;
    this.only(this.camera);
    return this.camera.play();
  }

  empty() {
    this.release();
    this.only(this.drop);
  }

  // What cannot be seen before the endpoint has drawn it.
  unseen() {
    this.only();
  }

  wait(text) {
    this.stage.setAttribute("aria-busy", String(text !== null));
    this.busy.hidden = text === null;
    this["busy-text"].textContent = text ?? "";
  }

  fit(width, height) {
    paint(this.frame, { "--width": width, "--height": height });
  }

  only(...shown) {
    for (const one of [this.drop, this.frame, this.picture, this.video, this.camera]) one.hidden = !shown.includes(one);
    if (!shown.includes(this.camera)) this.camera.srcObject = null;
  }

  release() {
    this.leave();
    this.video.pause();
    this.video.removeAttribute("src");
    this.picture.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }
}
