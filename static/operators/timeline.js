/**
 * The list of what was said, as the server renders it, and the growing text of answers.
 *
 * Markdown is drawn where visitors see it drawn, in answers and in replies of operators, by the same module.
 *
 * Items carry an id: what comes again takes its earlier place, what is new goes to the end. Offsets of deltas
 * count Unicode code points.
 */

import { codePoints } from "../widget/conversation.js";
import { draw } from "../widget/markdown_dom.js";

const NEAR_END_PX = 80;

function drawMarkdown(item) {
  if (!item.matches(".parley-by-assistant, .parley-by-operator")) return;
  const node = item.querySelector(".parley-text");
  const source = node.textContent;
  node.classList.add("inbox-markdown");
  // What the server wrote is one text node; what is drawn from now on is compared with what was drawn before.
  node.replaceChildren();
  draw(node, source);
}

export class Timeline {
  constructor(list) {
    this.list = list;
    this.texts = new Map();
    for (const item of list.children) drawMarkdown(item);
  }

  /** Merges rendered items into the list. */
  merge(items) {
    const follows = this.isAtEnd;
    for (const item of items) {
      drawMarkdown(item);
      const known = document.getElementById(item.id);
      if (known) {
        const open = known.querySelector("details")?.open;
        known.replaceWith(item);
        if (open) item.querySelector("details")?.setAttribute("open", "");
      } else this.list.append(item);
    }
    for (const id of this.texts.keys()) this.show(id);
    if (follows) this.toEnd();
  }

  /** Takes the texts so far of unfinished answers. */
  begin(streaming) {
    this.texts = new Map(streaming.map(({ message, text }) => [message, text]));
    for (const id of this.texts.keys()) this.show(id);
  }

  /** Notes what an event says about an answer's text. */
  note({ kind, data }) {
    if (kind === "message.created" && data.status === "pending") this.texts.set(data.id, "");
    else if (kind.startsWith("message.")) this.texts.delete(data.id);
  }

  /** Appends a delta; false when something before it is missing. */
  grow({ message: id, offset, text }) {
    const known = this.texts.get(id);
    if (known === undefined) return true;
    const end = codePoints(known);
    if (offset + codePoints(text) <= end) return true;
    if (offset !== end) return false;
    this.texts.set(id, known + text);
    const follows = this.isAtEnd;
    this.show(id);
    if (follows) this.toEnd();
    return true;
  }

  show(id) {
    const node = document.querySelector(`#message-${CSS.escape(id)} .parley-text`);
    if (node && this.texts.get(id)) draw(node, this.texts.get(id));
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }
}
