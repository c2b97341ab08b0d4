/**
 * The conversation between this frame and the page that shows it.
 *
 * Messages are `{v, channel, type, payload}`. The first one must be a `hello` from `window.parent`, from an origin
 * that the site allows; from then on only that origin is heard, and only it is written to. No text of a visitor
 * leaves the frame.
 */

import { page } from "./strings.js";

const VERSION = 1;
const CHANNEL = "parley";

export class Host extends EventTarget {
  constructor() {
    super();
    this.embedded = window.parent !== window;
    /** Alone in its own tab, the chat is always open and has nobody to talk to. */
    this.open = !this.embedded;
    this.origin = null;
    if (!this.embedded) return;
    window.addEventListener("message", (event) => this.received(event));
    // In a frame that a page made without the loader, nobody says "open"; who touches it sees it.
    for (const sign of ["pointerdown", "keydown"]) window.addEventListener(sign, () => (this.open = true));
  }

  received({ data, origin, source }) {
    if (source !== window.parent || !isOurs(data)) return;
    if (this.origin === null) {
      if (data.type !== "hello") return;
      if (!page.site.allowedOrigins.includes(origin)) {
        console.error(`Parley: ${origin} is not among the origins that this site allows.`);
        return;
      }
      this.origin = origin;
    }
    if (origin !== this.origin) return;
    if (data.type === "open" || data.type === "close") this.open = data.type === "open";
    this.dispatchEvent(new CustomEvent("command", { detail: { type: data.type, payload: data.payload ?? {} } }));
  }

  /** Tells the page something; nothing happens before it has introduced itself. */
  tell(type, payload = {}) {
    if (this.origin !== null) window.parent.postMessage({ v: VERSION, channel: CHANNEL, type, payload }, this.origin);
  }
}

function isOurs(data) {
  return data !== null && typeof data === "object" && data.channel === CHANNEL && data.v === VERSION && typeof data.type === "string";
}
