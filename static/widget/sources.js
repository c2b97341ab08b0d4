/**
 * What is shown below an answer: the sources that it relies on, and the way to a person that it offers.
 *
 * Titles reach the page as text. A source is a link only if its address is https; it opens elsewhere and is
 * told nothing of this page.
 */

import { element } from "./dom.js";
import { safeUrl } from "./markdown_inline.js";
import { text } from "./strings.js";

/** The sources, and what is related to them, each as a list with a heading; null where there are none. */
export function sourcesNode(sources) {
  const shown = (sources ?? []).filter(({ title }) => title);
  if (!shown.length) return null;
  const lists = [
    listNode(text("sources"), shown.filter(({ related }) => !related)),
    listNode(text("related"), shown.filter(({ related }) => related)),
  ];
  return element("div", { class: "sources" }, lists.flat());
}

function listNode(heading, shown) {
  if (!shown.length) return [];
  const items = shown.map(({ number, title, url }) =>
    element("li", { class: "source" }, [
      element("span", { class: "source__number", "aria-hidden": "true" }, [String(number)]),
      sourceNode(title, url),
    ]),
  );
  return [
    element("p", { class: "sources__heading", "aria-hidden": "true" }, [heading]),
    element("ol", { class: "sources__list", "aria-label": heading }, items),
  ];
}

function sourceNode(title, url) {
  const address = url ? safeUrl(url) : null;
  if (address?.protocol !== "https:") return element("span", { class: "source__title" }, [title]);
  const host = element("span", { class: "source__host" }, [` (${address.host})`]);
  const link = { class: "source__title", href: address.href, target: "_blank", rel: "noopener noreferrer nofollow" };
  return element("a", link, [title, host]);
}

/** The button that asks for a person; `ask` is called when it is pressed. */
export function personButton(ask) {
  const button = element("button", { type: "button", class: "button offer" }, [text("talkToPerson")]);
  button.addEventListener("click", ask);
  return button;
}
