// What the page asks of its own endpoint, by the same routes as any other client.

export class Failure extends Error {
  // status: of HTTP, or 0 where no answer came; wait: seconds that the endpoint asks for, or null
  constructor(status, message, wait = null) {
    super(message);
    Object.assign(this, { status, wait });
  }
}

const BASE = new URL(".", location.href);

export const address = (path) => new URL(path.replace(/^\//, ""), BASE).href;

export async function listModels(key) {
  return (await answered(fetch(address("/models"), { headers: authorization(key) }))).json();
}

// ask: {path, file, fields, key}. Answers {content, text, total, ms}: what the endpoint says of the picture, read and as
// it came; milliseconds from here; milliseconds that the endpoint says it took.
export async function predict(ask, signal) {
  const started = performance.now();
  const text = await (await post(ask, "application/json", signal)).text();
  const total = performance.now() - started;
  const content = JSON.parse(text);
  return { content, text, total, ms: content.metadata.functionTimeCall * 1000 };
}

// Of a video: each frame's entry goes to `each` as soon as it is there. In place of the text there are `lines`, one a frame.
export async function predictFrames(ask, signal, each) {
  const started = performance.now();
  const response = await post(ask, "application/x-ndjson", signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const [images, answers] = [[], []];
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    for (const line of lines.filter(Boolean)) {
      const entry = JSON.parse(line);
      if (entry.error) throw new Failure(400, entry.error);
      images.push(entry);
      answers.push(line);
      each(entry, images.length);
    }
  }
  return { content: { images }, lines: answers, total: performance.now() - started, ms: null };
}

export async function annotated(ask, signal) {
  const fields = { ...ask.fields, format: "image" };
  return (await post({ ...ask, fields }, "image/*, video/*", signal)).blob();
}

function post({ path, file, fields, key }, accept, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file, "upload");
  return answered(fetch(address(path), { method: "POST", body, signal, headers: { Accept: accept, ...authorization(key) } }));
}

function authorization(key) {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

async function answered(promise) {
  let response;
  try {
    response = await promise;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "The endpoint cannot be reached.");
  }
  if (response.ok) return response;
  const wait = Number.parseFloat(response.headers.get("Retry-After"));
  throw new Failure(response.status, said(await response.text()) || response.statusText, Number.isFinite(wait) ? wait : null);
}

function said(text) {
  try {
    const content = JSON.parse(text);
    const message = content.error ?? content.message ?? content.detail;
    return typeof message === "string" ? message : JSON.stringify(message);
  } catch {
    return text.slice(0, 300);
  }
}
