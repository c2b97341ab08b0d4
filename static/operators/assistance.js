/**
 * What the assistant writes for the operator: asked for by a button, shown while it grows, and brought into the
 * reply box by a click. Nothing is sent from here.
 *
 * Texts of the model are shown as text only.
 */

const SAID = new Set(["message.created", "message.completed", "message.stopped"]);
const FOR_THE_REPLY = new Set(["reply", "shorter", "friendlier", "translate_draft"]);

export class Assistance {
  constructor(root, socket, field) {
    this.root = root;
    this.socket = socket;
    this.field = field;
    this.asks = [...root.querySelectorAll("[data-assist]:not([disabled])")];
    for (const name of ["state", "result", "text", "sources", "use", "undo", "cancel", "dismiss", "kept", "old", "summary"]) {
      this[name] = root.querySelector(`[data-${name}]`);
    }
    root.querySelector("[data-assistance]").hidden = false;
    for (const button of this.asks) button.addEventListener("click", () => this.ask(button.dataset.assist));
    this.use.addEventListener("click", () => this.intoReply());
    this.undo.addEventListener("click", () => this.bringBack());
    this.cancel.addEventListener("click", () => this.stop());
    this.dismiss.addEventListener("click", () => this.clear());
    socket.addEventListener("frame", ({ detail: frame }) => this.received(frame));
    socket.addEventListener("status", ({ detail: { status } }) => {
      if (status !== "open" && this.asked) this.end(root.dataset.lost);
    });
  }

  /** Lets the model write; `quietly` says no word when that is not possible now, as nobody has asked. */
  ask(kind, { quietly = false } = {}) {
    if (this.asked) return;
    const ask = newId();
    const about = FOR_THE_REPLY.has(kind) && kind !== "reply" ? { draft: this.field.value } : {};
    this.clear();
    if (!this.socket.send({ type: "assist", kind, ask, ...about })) {
      if (!quietly) this.state.textContent = this.root.dataset.lost;
      return;
    }
    this.asked = { ask, kind, quietly };
    this.state.textContent = this.root.dataset.writing;
    this.text.setAttribute("aria-busy", "true");
    this.cancel.hidden = false;
    for (const button of this.asks) button.setAttribute("aria-disabled", "true");
  }

  received(frame) {
    const events = frame.type === "event" ? [frame] : frame.events ?? [];
    if (events.some(({ kind }) => SAID.has(kind))) this.old.hidden = false;
    if (frame.type === "welcome" && this.root.dataset.atOnce === "yes") {
      this.root.dataset.atOnce = "no";
      this.ask("summary", { quietly: true });
    }
    if (!this.asked || frame.ask !== this.asked.ask) return;
    if (frame.type === "assist.delta") this.show(this.text.textContent + frame.text);
    if (frame.type === "assist.done") this.finish(frame);
    if (frame.type === "assist.error") {
      const { quietly } = this.asked;
      this.clear();
      this.end(quietly ? "" : frame.detail);
    }
  }

  show(text) {
    this.text.textContent = text;
    this.result.hidden = false;
  }

  finish({ kind, text, sources }) {
    if (kind === "summary") {
      this.keep(text);
      return;
    }
    this.show(text);
    this.sources.querySelector("ul").replaceChildren(...sources.map((source) => {
      const item = document.createElement("li");
      item.textContent = source.title ?? source.url ?? String(source);
      return item;
    }));
    this.sources.hidden = !sources.length;
    this.use.hidden = !FOR_THE_REPLY.has(kind);
    this.dismiss.hidden = false;
    this.end("");
  }

  /** A summary stays while other things are asked for. */
  keep(text) {
    this.summary.textContent = text;
    this.kept.hidden = false;
    this.old.hidden = true;
    this.clear();
    this.end("");
  }

  /** Nothing is being written any more. */
  end(words) {
    const hadFocus = document.activeElement === this.cancel;
    this.asked = null;
    this.state.textContent = words;
    this.text.removeAttribute("aria-busy");
    this.cancel.hidden = true;
    for (const button of this.asks) button.removeAttribute("aria-disabled");
    if (hadFocus) (this.result.hidden ? this.asks[0] : this.text).focus();
  }

  stop() {
    this.socket.send({ type: "unassist" });
    this.clear();
    this.end("");
  }

  clear() {
    const hadFocus = this.result.parentElement.contains(document.activeElement) &&
      (document.activeElement === this.dismiss || document.activeElement === this.use);
    this.text.textContent = "";
    for (const part of [this.result, this.sources, this.use, this.undo, this.dismiss]) part.hidden = true;
    if (hadFocus) this.asks[0].focus();
  }

  intoReply() {
    this.replaced = this.field.value;
    this.put(this.text.textContent);
    this.clear();
    this.undo.hidden = !this.replaced.trim();
  }

  bringBack() {
    this.put(this.replaced);
    this.undo.hidden = true;
  }

  /** The reply box takes it as typed, and keeps it through a reload. */
  put(text) {
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
