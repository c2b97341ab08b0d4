/** The page of one conversation: follows the stream, and fetches what else has changed. */

import { takeForms } from "./acting.js";
import { Assistance } from "./assistance.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { explainWithin, feel } from "./feelings.js";
import { listenToKeys } from "./shortcuts.js";
import { OperatorSocket } from "./socket.js";
import { Timeline } from "./timeline.js";

const GATHER_MS = 100;
const VISITOR_TYPES_MS = 6000;

const root = document.getElementById("inbox-conversation");
const doing = root.querySelector("[data-doing]");
const replyForm = document.getElementById("inbox-reply");
const banner = new Banner();
const socket = new OperatorSocket();
const timeline = new Timeline(document.getElementById("inbox-timeline"));
const composer = replyForm && new Composer(replyForm, root.dataset.conversation);
if (composer) new Assistance(document.getElementById("inbox-assistance"), socket, composer.field);
let { seq, note, felt } = root.dataset;
let people = [];
let visitorTypes = false;
let timers = {};
let fetching = false;
let wanted = false;

/** Fetches what is new, soon, once for all that happens meanwhile. */
function refresh() {
  wanted = true;
  if (!fetching) timers.refresh ??= setTimeout(load, GATHER_MS);
}

async function load() {
  delete timers.refresh;
  fetching = true;
  wanted = false;
  try {
    const url = new URL(root.dataset.news, location.href);
    url.search = new URLSearchParams({ after: seq, note, felt });
    const response = await fetch(url, { redirect: "error" });
    if (response.ok) show(await response.text());
    else if (response.status === 404) banner.say(document.querySelector("[data-banner]").dataset.refused, { stays: true, bad: true });
  } catch {
    // The banner tells of a lost connection, after which this is done again.
  }
  fetching = false;
  if (wanted) refresh();
}

function show(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const news = template.content.firstElementChild;
  ({ seq, note, felt } = news.dataset);
  timeline.merge([...news.querySelector("ol").children]);
  for (const mark of news.querySelectorAll("[data-feelings] > *")) feel(mark);
  replace(news.querySelector("#inbox-turn"));
  replace(news.querySelector("#inbox-details"));
  settle();
  see();
}

/** Puts a part in the place of its older self, unless somebody is busy in there: then once they have left. */
function replace(part) {
  const old = document.getElementById(part.id);
  if (old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) {
    old.addEventListener("focusout", refresh, { once: true });
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const details of old.querySelectorAll("details[open]")) part.querySelector(`#${details.id}`)?.setAttribute("open", "");
  old.replaceWith(part);
  if (focused) document.getElementById(focused)?.focus();
}

/** Brings the reply box in line with whose turn it is. */
function settle() {
  composer?.allow(document.getElementById("inbox-turn").dataset.mine === "yes");
}

function see() {
  if (document.visibilityState === "visible") socket.send({ type: "seen", seq: Number(seq) });
}

function showDoing() {
  const say = (words, name) => words.replace("{name}", name);
  const { here, types, visitorTypes: visitor } = doing.dataset;
  const words = people.map(({ name, typing }) => say(typing ? types : here, name));
  if (visitorTypes) words.push(visitor);
  doing.textContent = words.join(" · ");
}

const ON_FRAME = {
  ready: () => socket.send({ type: "watch", conversation: root.dataset.conversation, after: Number(seq) }),
  welcome: ({ streaming, events }) => {
    timeline.begin(streaming);
    for (const event of events) timeline.note(event);
    refresh();
  },
  event: (event) => {
    timeline.note(event);
    if (event.data.author === "visitor") setVisitorTypes(false);
    refresh();
  },
  changed: refresh,
  delta: (delta) => timeline.grow(delta) || socket.send({ type: "resync", after: Number(seq) }),
  presence: (frame) => {
    ({ people } = frame);
    showDoing();
  },
  typing: () => setVisitorTypes(true),
  error: ({ code, detail }) => {
    if (code === "not_found") banner.fail(detail);
  },
};

function setVisitorTypes(value) {
  clearTimeout(timers.visitor);
  visitorTypes = value;
  if (value) timers.visitor = setTimeout(() => setVisitorTypes(false), VISITOR_TYPES_MS);
  showDoing();
}

function press(action) {
  const form = document.querySelector(`#inbox-turn form[data-act="${action}"]`);
  if (form) form.requestSubmit();
  else document.querySelector("#inbox-take-from summary")?.focus();
  return Boolean(form);
}

function writeNote() {
  const box = document.getElementById("inbox-note-box");
  if (!box) return false;
  box.open = true;
  document.getElementById("inbox-note").focus();
  return true;
}

socket.addEventListener("frame", ({ detail: frame }) => ON_FRAME[frame.type]?.(frame));
document.addEventListener("visibilitychange", see);
banner.follow(socket);
takeForms(root, banner, refresh);
explainWithin(root);
composer?.addEventListener("sent", refresh);
composer?.addEventListener("typing", () => socket.send({ type: "typing" }));
listenToKeys({
  r: () => (composer ? composer.focus() : false),
  "/": () => (composer ? composer.focus() : false),
  n: writeNote,
  a: () => press("take-over"),
  e: () => press("close"),
  u: () => location.assign(root.dataset.list),
});
settle();
timeline.toEnd();
socket.open();
