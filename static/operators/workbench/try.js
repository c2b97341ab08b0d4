/** The page where a question is tried. */

import { AnswerStream } from "./stream.js";

const form = document.getElementById("bench-try");
const result = document.getElementById("bench-result");
const [ask, stop, state] = ["ask", "stop", "state"].map((name) => form.querySelector(`[data-${name}]`));
const [text, found] = ["text", "found"].map((name) => result.querySelector(`[data-${name}]`));
const stream = new AnswerStream();

function asked() {
  const fields = Object.fromEntries(new FormData(form));
  const share = (value) => (value === "" ? null : Number(value));
  return { ...fields, site: Number(fields.site), low: share(fields.low), strong: share(fields.strong) };
}

function begin() {
  const on = {
    delta: (piece) => text.append(piece),
    found: (html) => put(found, html),
    done: (frame) => {
      text.textContent = frame.text;
      put(found, frame.html);
      end(form.dataset.done);
    },
    failed: (detail) => end(detail),
    lost: () => end(form.dataset.lost),
  };
  if (!stream.ask("try", asked(), on)) {
    state.textContent = form.dataset.lost;
    return;
  }
  text.textContent = "";
  found.replaceChildren();
  result.querySelector("[name=questions]").value = form.elements.question.value;
  result.hidden = false;
  text.setAttribute("aria-busy", "true");
  state.textContent = form.dataset.writing;
  ask.setAttribute("aria-disabled", "true");
  stop.hidden = false;
}

function end(words) {
  const hadFocus = document.activeElement === stop;
  text.removeAttribute("aria-busy");
  state.textContent = words;
  ask.removeAttribute("aria-disabled");
  stop.hidden = true;
  if (hadFocus) ask.focus();
}

/** The server made this HTML; everything that people or models wrote is escaped in it. */
function put(place, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  place.replaceChildren(template.content);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!stream.current) begin();
});
form.elements.question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});
stop.addEventListener("click", () => {
  stream.stop();
  end(form.dataset.stopped);
});
stream.addEventListener("status", ({ detail: { status } }) => {
  ask.disabled = status !== "open";
  if (status === "refused") state.textContent = form.dataset.refused;
  else if (status === "lost") state.textContent = form.dataset.lost;
});
