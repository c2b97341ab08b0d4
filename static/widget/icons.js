/** The icons of the chat: line drawings of 24 units. */

import { element, setAttributes } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

const STROKES = {
  send: ["M12 19V5", "M5.5 11.5 12 5l6.5 6.5"],
  stop: ["M7 7h10v10H7z"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  compose: ["M12 5v14", "M5 12h14"],
  copy: ["M9 9h10v10H9z", "M15 9V5H5v10h4"],
  done: ["M5 12.5 10 17.5 19 7"],
  again: ["M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4", "M20 4.5v4.9h-4.9"],
  up: ["M7 11v9H4v-9zM7 11l4-7c1.4 0 2.3 1 2.1 2.4L12.6 9.5H18a2 2 0 0 1 2 2.3l-1.1 6.5A2 2 0 0 1 16.9 20H7"],
  down: ["M7 13V4H4v9zM7 13l4 7c1.4 0 2.3-1 2.1-2.4L12.6 14.5H18a2 2 0 0 0 2-2.3L18.9 5.7A2 2 0 0 0 16.9 4H7"],
  down_arrow: ["M12 5v14", "M5.5 12.5 12 19l6.5-6.5"],
};

/** The drawing called `name`, hidden from assistive technology: the control around it carries the name. */
export function icon(name) {
  const node = document.createElementNS(SVG, "svg");
  setAttributes(node, { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" });
  for (const d of STROKES[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    node.append(path);
  }
  return node;
}

/** A button that shows an icon and is called `label`. */
export function iconButton(name, label, attributes = {}) {
  return element("button", { type: "button", "aria-label": label, title: label, ...attributes }, [icon(name)]);
}
