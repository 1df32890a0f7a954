// Confidence, overlap, image size and, of videos, every how many-th frame. A change is told half a second after the last.

import { byId, level } from "./dom.js";

const WAIT = 500;
const NAMES = ["conf", "iou", "imgsz", "vid_stride"];
const DEFAULTS = { conf: 0.25, iou: 0.7, imgsz: null, vid_stride: 1 };

export class Params {
  constructor(changed) {
    this.values = { ...DEFAULTS };
    this.size = 640; // what the model takes of itself
    this.inputs = Object.fromEntries(NAMES.map((name) => [name, byId(name)]));
    let timer;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(changed, WAIT);
    };
    for (const name of NAMES) {
      this.inputs[name].addEventListener("input", () => {
        this.values[name] = Number(this.inputs[name].value);
        this.show();
        later();
      });
    }
    byId("reset").addEventListener("click", () => {
      this.values = { ...DEFAULTS };
      this.show();
      later();
    });
    this.show();
  }

  // What is sent; an image size only where one was chosen, so that each model has its own.
  fields(video) {
    const { conf, iou, imgsz, vid_stride } = this.values;
    return { conf, iou, ...(imgsz === null ? {} : { imgsz }), ...(video ? { vid_stride } : {}) };
  }

  suit(model) {
    this.size = model?.imgsz ?? 640;
    const classifies = model?.task === "classify";
    for (const name of ["conf", "iou"]) this.inputs[name].disabled = classifies;
    this.show();
  }

  suitVideo(video, frames, most) {
    byId("stride-field").hidden = !video;
    this.values.vid_stride = video ? Math.max(1, Math.min(Math.ceil(frames / most), 60)) : 1;
    this.show();
  }

  show() {
    const { conf, iou, imgsz, vid_stride } = this.values;
    const nth = vid_stride === 1 ? "all" : `1 of ${vid_stride}`;
    const said = { conf: conf.toFixed(2), iou: iou.toFixed(2), imgsz: imgsz ?? `${this.size} · auto`, vid_stride: nth };
    for (const name of NAMES) {
      level(this.inputs[name], this.values[name] ?? this.size);
      byId(`${name}-value`).textContent = said[name];
      this.inputs[name].setAttribute("aria-valuetext", said[name]);
    }
    byId("reset").hidden = conf === DEFAULTS.conf && iou === DEFAULTS.iou && imgsz === null;
  }
}
