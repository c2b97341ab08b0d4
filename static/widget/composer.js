/** The field where a visitor writes, with its button that sends or, while an answer is written, stops. */

import { codePoints } from "./conversation.js";
import { setText } from "./dom.js";
import { icon } from "./icons.js";
import { page, text } from "./strings.js";

const WARN_BELOW = 0.1;

export class Composer {
  /** `onSend(text)` and `onStop()` are called for what the visitor decides, `onTyping()` while they write. */
  constructor(form, storage, { onSend, onStop, onTyping }) {
    this.form = form;
    this.field = form.querySelector("textarea");
    this.button = form.querySelector("button");
    this.counter = form.querySelector("[data-counter]");
    this.storage = storage;
    this.onSend = onSend;
    this.onStop = onStop;
    this.onTyping = onTyping;
    this.answering = false;
    this.field.value = storage.get("draft", "");
    // The page comes with the field disabled: what is typed before anybody listens would be lost.
    this.field.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.button.addEventListener("click", () => this.stops && this.onStop());
    this.field.addEventListener("input", () => {
      this.changed();
      if (this.field.value) this.onTyping();
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.changed();
  }

  /** Enter sends, Shift+Enter breaks the line; Enter that ends an input method's composition does neither. */
  key(event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const value = this.field.value.trim();
    if (!value || this.tooLong) return;
    this.field.value = "";
    this.changed();
    this.onSend(value);
    this.field.focus();
  }

  /** Puts `value` into the field without sending it. */
  prefill(value) {
    this.field.value = value;
    this.changed();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** Says whether an answer is being written, and so whether there is something to stop. */
  setAnswering(answering) {
    if (answering === this.answering) return;
    this.answering = answering;
    this.refreshButton();
  }

  get stops() {
    return this.answering && !this.field.value.trim();
  }

  get tooLong() {
    return codePoints(this.field.value.trim()) > page.limits.message;
  }

  changed() {
    this.storage.set("draft", this.field.value);
    this.fit();
    const left = page.limits.message - codePoints(this.field.value.trim());
    this.counter.hidden = left > page.limits.message * WARN_BELOW;
    setText(this.counter, left < 0 ? text("tooLong", { count: -left }) : text("charactersLeft", { count: left }));
    this.counter.classList.toggle("composer__counter--over", left < 0);
    this.field.setAttribute("aria-invalid", String(left < 0));
    this.refreshButton();
  }

  /** Lets the field grow with its text; its greatest height stands in the style sheet. */
  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  refreshButton() {
    const name = this.stops ? "stop" : "send";
    if (this.button.dataset.does !== name) {
      this.button.dataset.does = name;
      this.button.type = this.stops ? "button" : "submit";
      this.button.replaceChildren(icon(name));
      this.button.setAttribute("aria-label", text(name));
      this.button.title = text(name);
    }
    this.button.disabled = !this.stops && (!this.field.value.trim() || this.tooLong);
  }
}
