/**
 * The reply box: sends with an id of its own, so that sending again after a lost connection says it once; keeps
 * what is written through a reload; offers canned replies after a slash.
 */

import { post } from "./acting.js";

const RETRY_MS = 2000;
const TYPING_EVERY_MS = 3000;

export class Composer extends EventTarget {
  constructor(form, conversation) {
    super();
    this.form = form;
    this.field = form.elements.text;
    this.state = form.querySelector("[role=status]");
    this.button = form.querySelector("button");
    this.list = form.querySelector("[role=listbox]");
    this.replies = JSON.parse(document.getElementById("inbox-canned-data").textContent);
    this.key = `parley.draft.${conversation}`;
    this.chosen = 0;
    this.listen();
    this.restore();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("blur", () => setTimeout(() => this.offer([]), 150));
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.index));
    });
  }

  /** Lets the person write only while it is their turn; a draft may be written before. */
  allow(mine) {
    this.mine = mine;
    this.button.disabled = !mine || this.sending;
  }

  focus() {
    this.field.focus();
  }

  async send() {
    const text = this.field.value.trim();
    if (!text || this.sending || !this.mine) return;
    this.sending = true;
    this.button.disabled = true;
    this.state.textContent = this.form.dataset.sending;
    try {
      await this.insist(new FormData(this.form));
      this.field.value = "";
      this.form.elements.client_id.value = newId();
      this.state.textContent = "";
      this.keep();
    } catch (error) {
      this.state.textContent = error.message || this.form.dataset.unsent;
    } finally {
      this.sending = false;
      this.allow(this.mine);
      this.dispatchEvent(new Event("sent"));
    }
  }

  /** Sends until the server answers; the same id lets it know what it has already. */
  async insist(data) {
    for (;;) {
      try {
        return await post(this.form, data);
      } catch (error) {
        if (error.status && error.status < 500) throw error;
        this.state.textContent = this.form.dataset.unsent;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  changed() {
    this.keep();
    this.offer(this.matching());
    const now = Date.now();
    if (now - (this.saidAt ?? 0) > TYPING_EVERY_MS && this.field.value.trim()) {
      this.saidAt = now;
      this.dispatchEvent(new Event("typing"));
    }
  }

  pressed(event) {
    if (event.isComposing) return;
    if (!this.list.hidden) {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) this.mark(this.chosen + steps[event.key]);
      else if (event.key === "Enter" || event.key === "Tab") this.choose(this.chosen);
      else if (event.key === "Escape") this.offer([]);
      else return;
      event.preventDefault();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.form.requestSubmit();
    }
    if (event.key === "Escape") this.field.blur();
  }

  matching() {
    const match = /^\/(\S*)$/.exec(this.field.value);
    if (!match) return [];
    const wanted = match[1].toLowerCase();
    return this.replies.filter(({ shortcut, text }) =>
      shortcut.toLowerCase().startsWith(wanted) || (wanted && text.toLowerCase().includes(wanted)));
  }

  offer(replies) {
    this.offered = replies;
    this.list.replaceChildren(...replies.map(({ shortcut, text }, index) => {
      const option = document.createElement("li");
      option.id = `inbox-canned-${index}`;
      option.role = "option";
      option.dataset.index = index;
      const name = document.createElement("strong");
      name.textContent = `/${shortcut}`;
      option.append(name, ` ${text}`);
      return option;
    }));
    this.list.hidden = !replies.length;
    if (replies.length) this.mark(0);
    else this.field.removeAttribute("aria-activedescendant");
  }

  mark(index) {
    this.chosen = (index + this.offered.length) % this.offered.length;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.chosen)));
    this.field.setAttribute("aria-activedescendant", `inbox-canned-${this.chosen}`);
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
  }

  choose(index) {
    this.field.value = this.offered[index].text;
    this.offer([]);
    this.keep();
  }

  keep() {
    try {
      const { value } = this.field;
      if (value) sessionStorage.setItem(this.key, JSON.stringify([this.form.elements.client_id.value, value]));
      else sessionStorage.removeItem(this.key);
    } catch {
      // A browser that keeps nothing loses a draft with the page.
    }
  }

  restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key));
      if (kept && !this.field.value) [this.form.elements.client_id.value, this.field.value] = kept;
    } catch {
      // As above.
    }
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
