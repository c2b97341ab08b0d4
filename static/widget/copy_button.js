/** A button that copies a text and says so. */

import { icon, iconButton } from "./icons.js";
import { text } from "./strings.js";

const SHOWN_MS = 1600;

/** A button called `label` that copies what `read()` returns at that moment. */
export function copyButton(label, read) {
  const button = iconButton("copy", label, { class: "action" });
  button.addEventListener("click", async () => {
    const copied = await write(read());
    show(button, copied ? "done" : "copy", copied ? text("copied") : text("copyRefused"));
    setTimeout(() => show(button, "copy", label), SHOWN_MS);
  });
  return button;
}

function show(button, name, label) {
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", label);
  button.title = label;
}

/** Browsers may refuse the clipboard to a frame; then the older command still works on a selection. */
async function write(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = value;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
