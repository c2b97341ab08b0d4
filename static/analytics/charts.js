/**
 * Charts show what stands behind a point when it is hovered or focused, and the arrow keys walk over the points.
 *
 * Without this script the browser shows the same words by itself, and the table below each chart has them too.
 */

const GAP = 10;

class Chart {
  constructor(element) {
    this.element = element;
    this.points = [...element.querySelectorAll(".chart-point")];
    this.across = Number(element.dataset.across) || this.points.length;
    for (const point of this.points) {
      // The browser's own tip would stand beside ours.
      const title = point.querySelector("title");
      point.setAttribute("aria-label", title.textContent.replaceAll("\n", ", "));
      point.dataset.words = title.textContent;
      title.remove();
    }
    this.points.at(-1)?.setAttribute("tabindex", "0");
    element.addEventListener("pointerover", (event) => this.tell(event.target.closest(".chart-point")));
    element.addEventListener("pointerleave", () => this.hush());
    element.addEventListener("focusin", (event) => this.reach(event.target.closest(".chart-point")));
    element.addEventListener("focusout", () => this.hush());
    element.addEventListener("keydown", (event) => this.walk(event));
  }

  reach(point) {
    if (!point) return;
    for (const other of this.points) other.setAttribute("tabindex", other === point ? "0" : "-1");
    this.tell(point);
  }

  walk(event) {
    const here = this.points.indexOf(document.activeElement);
    const goals = {
      ArrowLeft: here - 1,
      ArrowRight: here + 1,
      ArrowUp: here - this.across,
      ArrowDown: here + this.across,
      Home: 0,
      End: this.points.length - 1,
    };
    if (event.key === "Escape") this.hush();
    const goal = this.points[goals[event.key]];
    if (here < 0 || !goal || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    goal.focus();
  }

  tell(point) {
    if (!point) return;
    this.hush();
    const tip = document.createElement("p");
    tip.className = "chart-tip";
    tip.setAttribute("aria-hidden", "true");
    tip.textContent = point.dataset.words;
    this.element.append(tip);
    const frame = this.element.getBoundingClientRect();
    const place = point.querySelector(".chart-hit, .chart-cell").getBoundingClientRect();
    const middle = place.left + place.width / 2 - frame.left;
    const beside = middle < frame.width / 2 ? middle + GAP : middle - GAP - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(beside, frame.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, place.top - frame.top)}px`;
  }

  hush() {
    this.element.querySelector(".chart-tip")?.remove();
  }
}

function bring(root) {
  for (const element of root.querySelectorAll("[data-chart]:not([data-brought])")) {
    element.dataset.brought = "";
    new Chart(element);
  }
}

bring(document);
document.addEventListener("htmx:load", (event) => bring(event.target));
