/** The list of the inbox: fetches its rows again when the socket says that they changed. */

import { takeForms } from "./acting.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { listenToKeys } from "./shortcuts.js";
import { OperatorSocket } from "./socket.js";

// Waiting times grow while nothing else happens.
const REFRESH_MS = 60_000;

const root = document.getElementById("inbox");
const rows = document.getElementById("inbox-rows");
const search = document.getElementById("inbox-search");
const count = document.getElementById("inbox-waiting-count");
const banner = new Banner();
const alerts = new Alerts(root);
const socket = new OperatorSocket();
let loading = null;
let again = false;
let known = waitingIn(rows);

function waitingIn(list) {
  return new Set([...list.querySelectorAll('[data-turn="waiting"]')].map((row) => row.dataset.id));
}

/** Fetches the rows once more; asked while it does so, it does so once again. */
async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = load();
  try {
    await loading;
  } catch {
    // The banner tells of a lost connection, after which the list is fetched again.
  } finally {
    loading = null;
  }
  if (again) {
    again = false;
    refresh();
  }
}

async function load() {
  const url = new URL(location.href);
  url.searchParams.set("rows", "1");
  const response = await fetch(url, { redirect: "error" });
  if (!response.ok) return;
  const focused = document.activeElement?.closest?.("[data-id]")?.dataset.id;
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  const waiting = template.content.querySelector("[data-waiting]").dataset.waiting;
  rows.replaceChildren(template.content);
  if (focused) rows.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus();
  showCount(Number(waiting));
  const now = waitingIn(rows);
  const fresh = [...now].find((id) => !known.has(id));
  if (fresh) alerts.visitorWaits(rows.querySelector(`[data-id="${CSS.escape(fresh)}"] .inbox-line`).textContent);
  known = now;
}

function showCount(waiting) {
  count.textContent = waiting;
  count.hidden = !waiting;
  document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
}

function step(by) {
  const links = [...rows.querySelectorAll(".inbox-link")];
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
}

if ("live" in root.dataset) {
  socket.addEventListener("frame", ({ detail: frame }) => frame.type === "inbox" && refresh());
  socket.addEventListener("status", ({ detail: { status } }) => status === "open" && refresh());
  setInterval(refresh, REFRESH_MS);
}
banner.follow(socket);
alerts.follow(root.querySelector(".inbox-preferences form"));
takeForms(root, banner, () => {});
listenToKeys({ j: () => step(1), k: () => step(-1), "/": () => search.focus() });
socket.open();
