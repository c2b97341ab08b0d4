/**
 * Keeps the newest text in sight for a reader who is at the end, and leaves everyone else where they read.
 */

const NEAR_PX = 60;

export class ScrollKeeper {
  /** `pill` is the button that brings a reader back to the end. */
  constructor(area, content, pill) {
    this.area = area;
    this.pill = pill;
    this.atEnd = true;
    area.addEventListener("scroll", () => this.look(), { passive: true });
    pill.addEventListener("click", () => this.toEnd(true));
    const observer = new ResizeObserver(() => this.settle());
    observer.observe(content);
    observer.observe(area);
  }

  /** Something was added: follows it, or says that it is there. */
  settle() {
    if (this.atEnd) this.area.scrollTop = this.area.scrollHeight;
    else this.look();
  }

  toEnd(smooth = false) {
    this.atEnd = true;
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.area.scrollTo({ top: this.area.scrollHeight, behavior: calm ? "instant" : "smooth" });
    this.pill.hidden = true;
  }

  look() {
    const rest = this.area.scrollHeight - this.area.scrollTop - this.area.clientHeight;
    this.atEnd = rest < NEAR_PX;
    this.pill.hidden = this.atEnd;
  }
}
