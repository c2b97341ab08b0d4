/** The colours of the site, and light or dark. Set through the CSSOM, which a strict policy for styles allows. */

import { page } from "./strings.js";

const THEMES = ["light", "dark"];

/** Gives the style sheet the site's colours; the server computed the readable companions of the accent. */
export function applyColours() {
  for (const [name, value] of Object.entries(page.site.colours)) {
    document.documentElement.style.setProperty(`--${name}`, value);
  }
}

/** "light", "dark", or anything else for what the visitor's system prefers. */
export function setTheme(theme) {
  if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
