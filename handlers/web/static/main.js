// The page: a file is taken, asked about, and shown with what was answered.

import { clearAnswer, showAnswer, showSummary } from "./answer.js";
import { Failure } from "./api.js";
import { ask } from "./ask.js";
import { showCode } from "./code.js";
import { byId } from "./dom.js";
import { download } from "./download.js";
import { failureCard } from "./errors.js";
import { FACTS } from "./facts.js";
import { clearJson, showJson } from "./json.js";
import { askForKey, key, listenForKey } from "./key.js";
import { Models } from "./models.js";
import { Overlay } from "./overlay.js";
import { Params } from "./params.js";
import { Player } from "./player.js";
import { listenForRegions, openRegions } from "./regions.js";
import { Results } from "./results.js";
import { isVideo, listen, markExample } from "./sources.js";
import { Stage } from "./stage.js";
import { tabs } from "./tabs.js";
import { Webcam } from "./webcam.js";

const FRAMES_A_SECOND = 30; // what a video is taken to have, before it has been read
const LISTS_EVERY = 250; // ms, while a video runs

const stage = new Stage();
const watch = {
  hover: (index) => mark(index ?? results.picked),
  pick: (index) => (results.pick(index), mark(results.picked)),
  hide: (classes) => overlay.hide(classes),
};
const overlay = new Overlay(byId("overlay"), watch);
const results = new Results(byId("legend"), byId("list"), watch);
const player = new Player(stage.video, showFrame);
const params = new Params(run);
const models = new Models(() => (suit(), run()));
const webcam = new Webcam(stage, { begin: release, take, fail: (message) => fail(new Failure(0, message)) });

let media = null; // {file, name, video, seen}: seen resolves to whether the browser can show it
let answer = null;
let running = null; // the AbortController of the request that is under way
let listed = 0; // when the list was last written, while a video runs

const mark = (index) => (overlay.mark(index), results.mark(index));

// Lets go of what is on the stage.
function release() {
  running?.abort();
  running = media = null;
  stage.release();
  stage.wait(null);
  markExample(null);
  byId("file-name").textContent = "";
  params.suitVideo(false, 0, FACTS.maxVideoFrames);
  results.forget();
  overlay.hide(results.hidden);
  forget();
}

function take(file) {
  webcam.stop();
  release();
  markExample(file);
  byId("file-name").textContent = file.name || "pasted";
  const video = isVideo(file);
  media = { file, name: file.name || "picture", video, seen: stage.open(file, video) };
  media.seen.then((seen) => seen || media?.file !== file || stage.unseen());
  params.suitVideo(video, 0, FACTS.maxVideoFrames);
  if (video) stage.video.addEventListener("loadedmetadata", () => suitLength(), { once: true });
  suit();
  if (file.size > FACTS.maxBodyMb * 1e6) {
    return fail(new Failure(413, `The file is larger than the ${FACTS.maxBodyMb} MB that this endpoint takes.`));
  }
  return run();
}

function suitLength() {
  const seconds = Number.isFinite(stage.video.duration) ? stage.video.duration : 0;
  params.suitVideo(true, seconds * FRAMES_A_SECOND, FACTS.maxVideoFrames);
  suit();
}

function suit() {
  params.suit(models.chosen);
  showCode(models.chosen, params.fields(media?.video), media?.video);
}

const request = () => ({
  path: models.chosen?.predict ?? "/predict",
  file: media.file,
  fields: params.fields(media.video),
  key: key(),
});

// Asks about what is on the stage; a request that is still under way is dropped.
async function run() {
  suit();
  if (!media) return;
  running?.abort();
  const mine = (running = new AbortController());
  const slow = setTimeout(() => mine === running && stage.wait("A fresh instance loads the model first…"), 4000);
  stage.wait(media.video ? "Uploading…" : "Looking…");
  byId("notice").replaceChildren();
  try {
    const seen = await media.seen;
    const told = (count) => (clearTimeout(slow), stage.wait(`${count} frame${count === 1 ? "" : "s"}…`));
    const found = await ask(request(), { video: media.video, seen, signal: mine.signal, told });
    if (mine === running) await show(found, seen, mine);
  } catch (failure) {
    if (mine === running && failure.name !== "AbortError") fail(failure);
  } finally {
    clearTimeout(slow);
    if (mine === running) stage.wait(null);
  }
}

// found: what ask.js answers; mine: of the question, since another may be asked while a replacement is opened
async function show(found, seen, mine) {
  answer = found;
  player.close();
  const count = found.content.images.length;
  if (found.replacement) await stage.open(found.replacement, count > 1 || found.replacement.type.startsWith("video/"));
  if (mine !== running) return;
  showAnswer(found);
  byId("hint").hidden = true;
  if (stage.video.hidden) showFrame(0, false);
  else player.open(count, seen && !found.replacement ? params.values.vid_stride : 1);
}

function showFrame(index, playing) {
  const entry = answer?.content.images[index];
  if (!entry) return;
  overlay.show(entry, { drawn: Boolean(answer.replacement) });
  if (playing && performance.now() - listed < LISTS_EVERY) return;
  listed = performance.now();
  if (playing) results.picked = null;
  results.show(entry.results);
  mark(results.picked);
  showSummary(entry.results);
  showJson(answer, index);
}

function forget() {
  answer = null;
  player.close();
  overlay.clear();
  results.clear();
  byId("notice").replaceChildren();
  clearAnswer();
  clearJson();
  byId("hint").hidden = Boolean(media);
}

function fail(failure) {
  forget();
  byId("hint").hidden = true;
  if (stage.frame.hidden) stage.empty();
  tell(failure, () => (models.entries.length ? run() : load()));
}

function tell(failure, again) {
  const known = failure instanceof Failure ? failure : new Failure(0, String(failure));
  byId("notice").replaceChildren(failureCard(known, { again, key: askForKey }));
}

async function load() {
  byId("notice").replaceChildren();
  suit(); // the code is there even where the list of models is not
  try {
    await models.load(key());
    byId("hint").hidden = Boolean(media);
    suit();
  } catch (failure) {
    fail(failure);
  }
}

async function keep(button) {
  const mine = answer;
  button.disabled = true;
  byId("notice").replaceChildren();
  try {
    await download(request(), media.name);
  } catch (failure) {
    if (mine === answer) tell(failure, () => keep(button)); // the answer is as good as before
  } finally {
    button.disabled = false;
  }
}

listen(take);
listenForKey(async () => (await load(), run()));
listenForRegions();
tabs(byId("tabs"), (id) => id === "tab-regions" && openRegions());
byId("download").addEventListener("click", (event) => keep(event.currentTarget));
byId("version").textContent = FACTS.version;
if (FACTS.source) Object.assign(byId("source"), { href: FACTS.source, hidden: false });
byId("limit").textContent = `up to ${FACTS.maxBodyMb} MB`;
load();
