/** A block of code with a button that copies it. */

import { element } from "./dom.js";
import { copyButton } from "./copy_button.js";
import { text } from "./strings.js";

/** The node for a fenced block; the code scrolls sideways and can be reached with the keyboard. */
export function codeBlock({ language, text: code }) {
  const head = element("div", { class: "code__head" }, [
    element("span", { class: "code__language" }, [language]),
    copyButton(text("copyCode"), () => code),
  ]);
  const body = element("pre", { tabindex: 0, role: "group", "aria-label": text("code") }, [element("code", {}, [code])]);
  return element("div", { class: "code", dir: "ltr" }, [head, body]);
}
