/** Times in words, in the language of the page. */

import { page, text } from "./strings.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(page.language, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(page.language, { dateStyle: "full", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(page.language, { weekday: "long" });
const date = new Intl.DateTimeFormat(page.language, { dateStyle: "long" });
const relative = new Intl.RelativeTimeFormat(page.language, { numeric: "auto" });

/** "just now", "5 minutes ago", then the time of day. */
export function timeInWords(moment, now = Date.now()) {
  const age = now - moment.getTime();
  if (age < MINUTE) return text("justNow");
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  return clock.format(moment);
}

/** "today", "yesterday", a weekday of the last week, or the date. */
export function dayInWords(moment, now = Date.now()) {
  const days = Math.round((startOfDay(now) - startOfDay(moment)) / DAY);
  const words = days < 2 ? relative.format(-days, "day") : days < 7 ? weekday.format(moment) : date.format(moment);
  return words.charAt(0).toLocaleUpperCase(page.language) + words.slice(1);
}

export function timeInFull(moment) {
  return full.format(moment);
}

export function isSameDay(one, other) {
  return startOfDay(one) === startOfDay(other);
}

function startOfDay(moment) {
  return new Date(moment).setHours(0, 0, 0, 0);
}
