// The webcam: a click shows it, a second one takes a picture, the next shows it again.

import { byId } from "./dom.js";

export class Webcam {
  // begin: called when the camera is on; take: with the picture; fail: with a sentence
  constructor(stage, { begin, take, fail }) {
    Object.assign(this, { stage, begin, take, fail, stream: null });
    this.button = byId("webcam");
    this.button.hidden = !navigator.mediaDevices?.getUserMedia; // only on https and localhost
    this.button.addEventListener("click", () => (this.stream ? this.capture() : this.start()));
    stage.camera.addEventListener("click", () => this.capture());
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch (error) {
      const refused = error.name === "NotAllowedError";
      return this.fail(refused ? "The browser was not allowed to use the camera." : "No camera was found.");
    }
    this.begin();
    this.label("Take picture");
    await this.stage.watch(this.stream);
    this.button.focus();
  }

  async capture() {
    const { videoWidth, videoHeight } = this.stage.camera;
    if (!videoWidth) return;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: videoWidth, height: videoHeight });
    canvas.getContext("2d").drawImage(this.stage.camera, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    this.stop();
    this.take(new File([blob], "webcam.jpg", { type: "image/jpeg" }));
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.label("Webcam");
  }

  label(text) {
    this.button.querySelector("span").textContent = text;
    this.button.classList.toggle("primary", Boolean(this.stream));
  }
}
