/**
 * What this browser remembers for one site: the visitor's secret, the conversation, unsent messages.
 *
 * Storage may be missing or forbidden (private windows, blocked third-party storage), and reading
 * `window.localStorage` itself may throw. Then memory takes its place until the page goes away.
 */

export class SiteStorage {
  constructor(siteKey, backing = browserStorage()) {
    this.prefix = `parley.${siteKey}.`;
    this.backing = backing;
    this.memory = new Map();
  }

  /** The stored value, or `fallback` where there is none or it cannot be read. */
  get(name, fallback = null) {
    if (this.memory.has(name)) return this.memory.get(name);
    try {
      const text = this.backing.getItem(this.prefix + name);
      return text === null ? fallback : JSON.parse(text);
    } catch {
      return fallback;
    }
  }

  set(name, value) {
    try {
      this.backing.setItem(this.prefix + name, JSON.stringify(value));
      this.memory.delete(name);
    } catch {
      this.memory.set(name, value);
    }
  }

  remove(name) {
    this.memory.delete(name);
    try {
      this.backing.removeItem(this.prefix + name);
    } catch {
      // Nothing was stored, so nothing remains.
    }
  }

  /** Calls `listener(name)` when another tab of this browser changes a value of the same site. */
  onChange(listener) {
    window.addEventListener("storage", (event) => {
      if (event.key?.startsWith(this.prefix)) listener(event.key.slice(this.prefix.length));
    });
  }
}

function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
