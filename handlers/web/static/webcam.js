// The webcam: a click shows it, a second one takes a picture, the next shows it again.

import { byId } from "./dom.js";

export class Webcam {
  // begin: called when the camera is on; take: with the picture; fail: with a sentence
  constructor(stage, { begin, take, fail }) {
    Object.assign(this, { stage, begin, take, fail, stream: null, turn: 0 });
    this.button = byId("webcam");
    this.button.hidden = !navigator.mediaDevices?.getUserMedia; // only on https and localhost
    this.button.addEventListener("click", ({ detail }) => {
      if (detail > 1) return; // a double click takes one picture, and does not turn the camera on again
      if (this.stream) this.capture();
      else this.start();
    });
    stage.camera.addEventListener("click", () => this.capture());
  }

  // Only once a picture is there to be taken does the button offer to take it.
  async start() {
    const mine = (this.turn += 1);
    this.button.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      if (mine !== this.turn) return halt(stream); // another picture was chosen meanwhile
      this.stream = stream;
      this.begin();
      await this.stage.watch(stream);
      if (mine === this.turn) this.label("Take picture");
    } catch (error) {
      if (mine !== this.turn) return;
      this.stop();
      const refused = error.name === "NotAllowedError";
      this.fail(refused ? "The browser was not allowed to use the camera." : "No camera was found.");
    } finally {
      this.button.disabled = false;
      if (document.activeElement === document.body) this.button.focus(); // a disabled button loses it
    }
  }

  async capture() {
    const { videoWidth, videoHeight } = this.stage.camera;
    if (!this.stream || !videoWidth) return;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: videoWidth, height: videoHeight });
    canvas.getContext("2d").drawImage(this.stage.camera, 0, 0);
    this.stop();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
    this.take(new File([blob], "webcam.jpg", { type: "image/jpeg" }));
  }

  stop() {
    this.turn += 1;
    halt(this.stream);
    this.stream = null;
    this.label("Webcam");
  }

  label(text) {
    this.button.querySelector("span").textContent = text;
    this.button.classList.toggle("primary", Boolean(this.stream));
  }
}

const halt = (stream) => stream?.getTracks().forEach((track) => track.stop());
