/**
 * The dashboard: says which days are shown after others were chosen, and closes the sentences about figures.
 *
 * Without this script, and without htmx, every choice loads a page.
 */

const said = document.getElementById("figures-said");

function meanings() {
  return document.querySelectorAll(".figures-meaning[open]");
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "figures" || event.detail.target?.id === "figures") {
    said.textContent = document.getElementById("figures-span").textContent.replace(/\s+/g, " ").trim();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const meaning of meanings()) {
    meaning.open = false;
    meaning.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const meaning of meanings()) {
    if (!meaning.contains(event.target)) meaning.open = false;
  }
});
