/**
 * Puts a site's chat on any web page: <script async src=".../widget/loader.js" data-site="demo"></script>
 *
 * It draws a launcher in a closed shadow root and, when it is needed, a frame with the conversation. The page
 * gets one global, the function `parley`, and keeps everything else. docs/embedding.md describes both.
 */
(function () {
  "use strict";

  const script = document.currentScript;
  const early = window.parley;
  // Included twice, perhaps by a page swap that ran the tag again: the first one stays.
  if (early && early.running) return;
  if (!script || !script.dataset.site) {
    console.error('Parley: the script tag needs data-site="…" and must be a plain (not a module) script.');
    return;
  }

  const VERSION = 1;
  const CHANNEL = "parley";
  const PHONE = "(max-width: 480px), (max-height: 480px)";
  const SPEECH = "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6L5.8 21l4-1.9c.7.1 1.4.2 2.2.2 5 0 9-3.5 9-7.9S17 3.5 12 3.5z";
  const CROSS = "M6.5 6.5l11 11M17.5 6.5l-11 11";
  const STYLE = `
    :host { all: initial; position: static; }
    * { box-sizing: border-box; }
    .launcher, .panel { position: fixed; z-index: 2147483000; }
    .launcher {
      inset-block-end: max(20px, env(safe-area-inset-bottom)); inset-inline-end: 20px;
      inline-size: 56px; block-size: 56px; padding: 0; border: 0; border-radius: 50%;
      display: grid; place-items: center; cursor: pointer;
      background: var(--accent); color: var(--on-accent);
      box-shadow: 0 1px 3px rgb(15 18 28 / 16%), 0 8px 24px rgb(15 18 28 / 22%);
      transition: transform 160ms cubic-bezier(.2, 0, 0, 1), box-shadow 160ms;
      -webkit-tap-highlight-color: transparent;
    }
    .launcher:hover { transform: scale(1.05); }
    .launcher:active { transform: scale(.96); }
    .launcher:focus-visible { outline: 3px solid var(--on-accent); outline-offset: -6px; box-shadow: 0 0 0 3px var(--accent); }
    svg { grid-area: 1 / 1; inline-size: 28px; block-size: 28px; transition: opacity 160ms, transform 160ms; }
    .speech { fill: currentColor; }
    .cross { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; opacity: 0; transform: rotate(-45deg); }
    [aria-expanded=true] .cross { opacity: 1; transform: none; }
    [aria-expanded=true] .speech { opacity: 0; transform: scale(.6); }
    .badge {
      position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-inline-size: 22px; block-size: 22px;
      padding: 0 6px; border-radius: 11px; background: #c0262d; color: #fff; border: 2px solid #fff;
      font: 600 12px/18px system-ui, sans-serif; text-align: center;
    }
    .panel {
      inset-block-end: calc(max(20px, env(safe-area-inset-bottom)) + 72px); inset-inline-end: 20px;
      inline-size: 400px; block-size: min(704px, calc(100vh - 120px)); max-inline-size: calc(100vw - 40px);
      overflow: hidden; border-radius: 18px; background: Canvas;
      box-shadow: 0 0 0 1px rgb(15 18 28 / 8%), 0 4px 12px rgb(15 18 28 / 8%), 0 20px 56px rgb(15 18 28 / 20%);
      transform-origin: 100% 100%; animation: rise 220ms cubic-bezier(.2, 0, 0, 1);
    }
    iframe { display: block; inline-size: 100%; block-size: 100%; border: 0; }
    [hidden] { display: none !important; }
    .away { visibility: hidden; animation: none; }
    @keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.98); } }
    @media ${PHONE} {
      .panel:not(.away) {
        inset: var(--top, 0) 0 auto 0; inline-size: 100%; max-inline-size: none; block-size: 100vh; block-size: var(--height, 100dvh);
        border-radius: 0; animation: none;
      }
      .launcher[aria-expanded=true] { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { .launcher, svg { transition: none; } .panel { animation: none; } }
    @media (forced-colors: active) { .launcher, .panel, .badge { border: 2px solid ButtonText; } }
    @media print { .launcher, .panel { display: none; } }
  `;

  const site = script.dataset.site;
  const server = new URL(script.src).origin;
  const base = new URL(`${encodeURIComponent(site)}/`, script.src).href;
  const memory = `parley:${site}`;
  const listeners = {};
  let language = script.dataset.language || "";
  let theme = script.dataset.theme || "auto";
  let facts = null;
  let parts = null;
  let isOpen = false;
  let isHidden = false;
  let isReady = false;
  let unread = 0;
  let queue = [];
  let focusBefore = null;

  const commands = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!isOpen),
    show: () => reveal(true),
    hide: () => reveal(false),
    on: subscribe,
    off: unsubscribe,
    prefill: (text) => tell("prefill", { text: String(text) }),
    sendMessage: (text) => tell("send", { text: String(text) }),
    setLocale: speak,
    setTheme: (name) => tell("theme", { theme: (theme = name) }),
    reset: () => tell("reset"),
    boot,
    shutdown,
  };

  /** The page's one handle: parley("open"), parley("on", "unread", callback). */
  function parley(name, ...values) {
    if (Object.hasOwn(commands, name)) return commands[name](...values);
    console.error(`Parley: there is no command "${name}". There are ${Object.keys(commands).join(", ")}.`);
  }
  parley.running = true;
  window.parley = parley;

  function subscribe(name, listener) {
    (listeners[name] ||= new Set()).add(listener);
    if (name === "ready" && isReady) queueMicrotask(() => call(listener, {}));
    return () => unsubscribe(name, listener);
  }

  function unsubscribe(name, listener) {
    if (listener) listeners[name]?.delete(listener);
    else delete listeners[name];
  }

  function emit(name, detail = {}) {
    for (const listener of listeners[name] || []) call(listener, detail);
  }

  function call(listener, detail) {
    try {
      listener(detail);
    } catch (error) {
      console.error("Parley: a listener of this page failed.", error);
    }
  }

  async function boot() {
    if (parts) return;
    try {
      const asked = language ? `?lang=${encodeURIComponent(language)}` : "";
      facts = (await import(`${base}launcher.js${asked}`)).default;
    } catch (error) {
      console.error(`Parley: the site "${site}" could not be loaded from ${server}.`, error);
      emit("error", { code: "unavailable" });
      return;
    }
    if (document.readyState === "loading") {
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
    }
    if (parts) return;
    parts = build();
    attach();
    parts.watcher = new MutationObserver(attach);
    parts.watcher.observe(document, { childList: true });
    parts.watcher.observe(document.documentElement, { childList: true });
    window.addEventListener("message", received);
    document.addEventListener("keydown", pressed);
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
    if (!isReady) emit("ready", {});
    isReady = true;
    reveal(!isHidden);
    if (isOpen || queue.length || remembered()) load();
    if (isOpen) {
      isOpen = false;
      show(true);
    }
  }

  function build() {
    const host = document.createElement("parley-chat");
    const root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const launcher = document.createElement("button");
    launcher.type = "button";
    launcher.className = "launcher";
    launcher.append(drawing("speech", SPEECH), drawing("cross", CROSS));
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.hidden = true;
    badge.setAttribute("aria-hidden", "true");
    launcher.append(badge);
    launcher.addEventListener("click", () => show(!isOpen));
    for (const sign of ["pointerenter", "focus"]) launcher.addEventListener(sign, load, { once: true });
    const panel = document.createElement("div");
    panel.className = "panel away";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", facts.strings.title);
    root.append(panel, launcher);
    host.style.setProperty("--accent", facts.accent);
    host.style.setProperty("--on-accent", facts.onAccent);
    host.lang = facts.language;
    const made = { host, launcher, badge, panel, frame: null, loaded: false, watcher: null };
    label(made);
    return made;
  }

  function drawing(name, path) {
    const make = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
    const svg = make("svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    const line = make("path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  /** Stands beside the body, not in it, so that a page that swaps its body keeps the chat and its connection. */
  function attach() {
    if (parts.host.parentNode !== document.documentElement) document.documentElement.append(parts.host);
  }

  function label({ launcher, badge }) {
    const words = isOpen ? facts.strings.close : facts.strings.open;
    const count = unread ? `, ${facts.strings.unread.replace("{count}", unread)}` : "";
    launcher.setAttribute("aria-label", words + (isOpen ? "" : count));
    launcher.setAttribute("aria-expanded", String(isOpen));
    badge.textContent = unread > 9 ? "9+" : String(unread);
    badge.hidden = isOpen || !unread;
  }

  /** Makes the frame. Before the first sign of interest, and without an earlier conversation, there is none. */
  function load() {
    if (!parts || parts.frame) return;
    const frame = document.createElement("iframe");
    frame.title = facts.strings.title;
    frame.allow = "clipboard-write";
    frame.referrerPolicy = "strict-origin";
    frame.src = `${base}?lang=${encodeURIComponent(facts.language)}`;
    frame.addEventListener("load", greet);
    parts.frame = frame;
    parts.panel.append(frame);
  }

  /** Says which page the frame is on; its browser vouches for the origin. */
  function greet() {
    post("hello", { theme, page: [location.href, document.title] });
    if (isOpen) post("open", {});
  }

  function post(type, payload) {
    parts?.frame?.contentWindow?.postMessage({ v: VERSION, channel: CHANNEL, type, payload }, server);
  }

  /** Says something to the frame, or keeps it until there is one; the theme is in the frame's hello too. */
  function tell(type, payload = {}) {
    if (parts?.loaded) return post(type, payload);
    if (type === "theme" && !parts?.frame) return undefined;
    queue.push([type, payload]);
    load();
    return undefined;
  }

  function received({ data, origin, source }) {
    if (origin !== server || !parts.frame || source !== parts.frame.contentWindow) return;
    if (!data || data.channel !== CHANNEL || data.v !== VERSION) return;
    const { type, payload } = data;
    if (type === "ready") {
      parts.loaded = true;
      for (const [name, values] of queue.splice(0)) post(name, values);
    } else if (type === "close") show(false);
    else if (type === "conversation") remember(payload.exists);
    else if (type === "unread") {
      unread = Number(payload.count) || 0;
      label(parts);
      emit("unread", { count: unread });
    } else if (["message:sent", "message:received", "error"].includes(type)) emit(type, payload);
  }

  function show(open) {
    if (open === isOpen) return;
    isOpen = open;
    if (!parts) return;
    if (open) {
      focusBefore = document.activeElement;
      load();
      reveal(true);
    }
    parts.panel.classList.toggle("away", !open);
    parts.panel.setAttribute("aria-modal", String(open && matchMedia(PHONE).matches));
    parts.frame.tabIndex = open ? 0 : -1;
    label(parts);
    fit();
    post(open ? "open" : "close", {});
    if (open) parts.frame.focus();
    else goBack();
    emit(open ? "open" : "close");
  }

  function goBack() {
    const known = focusBefore && focusBefore.isConnected && focusBefore !== document.body && focusBefore !== parts.host;
    (known ? focusBefore : parts.launcher).focus({ preventScroll: true });
  }

  function reveal(visible) {
    isHidden = !visible;
    if (!parts) return;
    parts.launcher.hidden = isHidden;
    if (isHidden) show(false);
  }

  function pressed(event) {
    const ours = [parts.host, document.body].includes(document.activeElement);
    if (event.key === "Escape" && isOpen && ours && !event.defaultPrevented) show(false);
  }

  /** On a phone the panel covers what the on-screen keyboard leaves of the screen. */
  function fit() {
    const view = window.visualViewport;
    if (!view || !isOpen || view.scale > 1.01) return;
    parts.panel.style.setProperty("--height", `${view.height}px`);
    parts.panel.style.setProperty("--top", `${view.offsetTop}px`);
  }

  function speak(name) {
    language = name;
    if (!parts) return;
    const wasOpen = isOpen;
    takeDown();
    isOpen = wasOpen;
    boot();
  }

  function takeDown() {
    if (!parts) return;
    parts.watcher.disconnect();
    window.removeEventListener("message", received);
    document.removeEventListener("keydown", pressed);
    window.visualViewport?.removeEventListener("resize", fit);
    window.visualViewport?.removeEventListener("scroll", fit);
    parts.host.remove();
    parts = null;
    isOpen = false;
  }

  /** Takes everything off the page; parley("boot") brings it back. */
  function shutdown() {
    takeDown();
    isReady = false;
    unread = 0;
    queue = [];
  }

  function remembered() {
    try {
      return localStorage.getItem(memory) === "1";
    } catch {
      return false;
    }
  }

  function remember(exists) {
    try {
      if (exists) localStorage.setItem(memory, "1");
      else localStorage.removeItem(memory);
    } catch {
      // Without storage the frame loads when somebody opens it.
    }
  }

  for (const entry of (early && early.q) || []) {
    if (entry.length) entry.undo = parley(...entry);
  }
  boot();
})();
