// One question to the endpoint, in the form that suits the file and what the browser can show of it.

import { annotated, predict, predictFrames } from "./api.js";

// seen: whether the browser shows the file. Answers {content, total, ms, replacement}: the last is the endpoint's own
// drawing, for a file that the browser cannot show.
export async function ask(request, { video, seen, signal, told }) {
  if (video) {
    const found = await predictFrames(request, signal, (_, count) => told(count));
    return seen ? found : { ...found, replacement: await annotated(request, signal) };
  }
  if (seen) return predict(request, signal);
  const both = { ...request, fields: { ...request.fields, format: "image_and_json" } };
  const found = await predict(both, signal);
  const { image, ...entry } = found.content.images[0];
  const drawn = new Blob([Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
  const content = { ...found.content, images: [entry, ...found.content.images.slice(1)] };
  const text = found.text.replace(/,"image":"[^"]*"|"image":"[^"]*",/g, "");
  return { ...found, content, text, replacement: drawn };
}
