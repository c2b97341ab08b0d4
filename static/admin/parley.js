// The security policy forbids style tags and `eval`, which htmx would use for its spinner and for filters.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

// Unfold opens menus and filters from elements that only a pointer reaches: make buttons of them.
function makeReachable(element) {
  element.setAttribute("role", "button");
  element.tabIndex = 0;
  element.addEventListener("keydown", (event) => {
    if (event.target === element && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      element.click();
    }
  });
}

// An icon is the name of a glyph, which a screen reader would read out beside the text that it decorates.
function hideDecoration(icon) {
  const text = icon.parentElement.textContent.replace(icon.textContent, "");
  if (text.trim() && !icon.hasAttribute("x-on:click")) {
    icon.setAttribute("aria-hidden", "true");
  }
}

// Unfold writes the name of a chosen file into the first text field around it, which it takes for a field of its own.
function keepTextFieldsAsTheyAre(input) {
  input.hasChangeListener = true;
}

document.addEventListener("DOMContentLoaded", () => {
  const clickable = "[x-on\\:click]:is(div, span, a:not([href])):not(:empty)";
  document.querySelectorAll(clickable).forEach(makeReachable);
  document.querySelectorAll(".material-symbols-outlined").forEach(hideDecoration);
  document.querySelectorAll(".parley-files").forEach(keepTextFieldsAsTheyAre);
});
