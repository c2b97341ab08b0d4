/** The marks at a visitor's messages that say how they feel, and why. */

/** Puts a mark in the place of its older self; one that is the same stays, with what is open in it. */
export function feel(mark) {
  const old = document.getElementById(mark.id);
  if (!old || old.dataset.version === mark.dataset.version) return;
  if (old.querySelector("details")?.open) mark.querySelector("details")?.setAttribute("open", "");
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(mark);
  if (focused) document.getElementById(focused)?.focus();
}

/** Lets each “Why?” below `root` show its answer on the page. */
export function explainWithin(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-why]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    explain(link);
  });
}

async function explain(link) {
  const place = link.parentElement.querySelector("[data-why-answer]");
  if (place.getAttribute("aria-busy") === "true") return;
  place.setAttribute("aria-busy", "true");
  place.textContent = link.dataset.waiting;
  const url = new URL(link.href);
  url.search = new URLSearchParams({ part: "1" });
  try {
    const response = await fetch(url, { redirect: "error" });
    // A refusal is a sentence of the same kind as an answer.
    if (!response.ok && ![429, 503].includes(response.status)) throw new Error(response.status);
    place.innerHTML = await response.text();
  } catch {
    place.textContent = link.dataset.failed;
  } finally {
    place.removeAttribute("aria-busy");
  }
}
