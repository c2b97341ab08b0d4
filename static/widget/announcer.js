/**
 * Tells a screen reader what was said, a sentence at a time.
 *
 * A live region that changed with every token would stammer, so the transcript itself is silent and whole
 * sentences are put into a hidden polite region as they end.
 */

import { isUnfinished } from "./conversation.js";
import { element } from "./dom.js";
import { parseMarkdown } from "./markdown.js";
import { plainText } from "./markdown_inline.js";
import { text } from "./strings.js";

const SENTENCE = /[^.!?。！？\n]*(?:[.!?]+["')\]]*(?=\s)|[。！？]+["'」』）]*|\n+)/g;
const KEPT = 12;

export class Announcer {
  constructor(region) {
    this.region = region;
    this.spoken = new Map();
  }

  /** Takes the messages of `state` as known, so that a reload does not read out the whole past. */
  skip(state) {
    for (const message of state.messages) this.spoken.set(message.id, isUnfinished(message) ? message.text.length : Infinity);
  }

  /** Announces what is new in `state`. */
  follow(state) {
    for (const message of state.messages) {
      if (message.author !== "visitor" && message.author !== "notice") this.speak(message);
      if (message.author === "notice" && !this.spoken.has(message.id)) {
        this.spoken.set(message.id, 0);
        this.say(text(message.kind, { name: message.name || text("operator") }));
      }
    }
  }

  speak(message) {
    if (!this.spoken.has(message.id)) {
      this.spoken.set(message.id, 0);
      if (isUnfinished(message)) this.say(text("writing"));
    }
    const from = this.spoken.get(message.id);
    if (from === Infinity) return;
    const finished = !isUnfinished(message);
    const fresh = message.text.slice(from);
    const said = finished ? fresh : (fresh.match(SENTENCE) ?? []).join("");
    this.spoken.set(message.id, finished ? Infinity : from + said.length);
    this.say(spokenText(said));
    if (finished && message.status === "failed") this.say(text("answerFailed"));
  }

  say(words) {
    if (!words.trim()) return;
    this.region.append(element("p", {}, [words.trim()]));
    while (this.region.childElementCount > KEPT) this.region.firstElementChild.remove();
  }
}

/** What `source`, a piece of Markdown that may begin or end anywhere, sounds like: its words without marks. */
export function spokenText(source) {
  const words = parseMarkdown(source).map(blockText).join("\n");
  return words.replace(/^[\s|:-]+$/gm, "").replace(/\s*\|\s*/g, ", ").replace(/[*_`#]{2,}|`|^[,\s]+|[,\s]+$/gm, "");
}

function blockText(block) {
  if (block.children) return plainText(block.children);
  if (block.blocks) return block.blocks.map(blockText).join("\n");
  if (block.items) return block.items.map((item) => item.map(blockText).join("\n")).join("\n");
  if (block.rows) return [block.header, ...block.rows].map((row) => row.map(plainText).join(", ")).join("\n");
  return block.text ?? "";
}
