/**
 * The inside of a Markdown block: bold, italics, struck text, code, line breaks and links.
 *
 * A link is a link only if its address is https or mailto and names no user or password; anything else
 * stays text. The tree carries the host, so that whoever draws it can show where a link leads.
 */

const TOKEN = new RegExp(
  [
    /\\([\\`*_{}[\]()#+\-.!|>~<])/, // 1: an escaped mark
    /(`+)([^`]|[^`][\s\S]*?[^`])\2(?!`)/, // 2, 3: code
    /!?\[((?:[^[\]\\]|\\.|\[[^[\]]*\])*)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+["'][^"']*["'])?\s*\)/, // 4, 5
    /<((?:https:\/\/|mailto:)[^\s<>]+)>/, // 6: an address in angle brackets
    /(https:\/\/[^\s<>"'`，。；：！？、）】」』]+)/, // 7: a bare address
    /(\*\*|__)(?=\S)([\s\S]*?\S)\8/, // 8, 9: bold
    /(~~)(?=\S)([\s\S]*?\S)\10/, // 10, 11: struck
    /(\*)(?=[^\s*])([\s\S]*?[^\s*])\12(?!\*)/, // 12, 13: italics
    /(?<![\p{L}\p{N}])(_)(?=[^\s_])([\s\S]*?[^\s_])\14(?![\p{L}\p{N}])/, // 14, 15: italics
    /(\n)/, // 16: a line break
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);
const DEEPEST = 5;

/** The inline nodes of `text`: `{type, text | children | ...}`. */
export function parseInline(text, depth = 0) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) nodes.push(plain(text.slice(end, match.index)));
    nodes.push(...fromMatch(match, depth));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(plain(text.slice(end)));
  return nodes;
}

function fromMatch(match, depth) {
  const [whole, escaped, , code, label, address, angled, bare, , bold, , struck, , starred, , underlined, line] = match;
  if (escaped !== undefined) return [plain(escaped)];
  if (code !== undefined) return [{ type: "code", text: code.replace(/^ (.*) $/s, "$1") }];
  if (address !== undefined) return [link(address, inner(label, depth), whole)];
  if (angled !== undefined) return [link(angled, [plain(angled.replace(/^mailto:/, ""))], whole)];
  if (bare !== undefined) return bareLink(bare);
  if (bold !== undefined) return [{ type: "strong", children: inner(bold, depth) }];
  if (struck !== undefined) return [{ type: "struck", children: inner(struck, depth) }];
  if (starred !== undefined) return [{ type: "emphasis", children: inner(starred, depth) }];
  if (underlined !== undefined) return [{ type: "emphasis", children: inner(underlined, depth) }];
  return [line === undefined ? plain(whole) : { type: "break" }];
}

function inner(text, depth) {
  return depth < DEEPEST ? parseInline(text, depth + 1) : [plain(text)];
}

function plain(text) {
  return { type: "text", text };
}

/** Punctuation at the end of a bare address belongs to the sentence, not to the address. */
function bareLink(found) {
  const address = found.replace(/[.,;:!?*_~)\]]+$/, (tail) => (tail.startsWith(")") && found.includes("(") ? ")" : ""));
  const rest = found.slice(address.length);
  return [link(address, [plain(address)], address), ...(rest ? [plain(rest)] : [])];
}

function link(address, children, source) {
  const url = safeUrl(address);
  if (!url || source.startsWith("!")) return plain(source);
  const place = url.protocol === "mailto:" ? decodeURIComponentOr(url.pathname) : url.host;
  const shown = plainText(children).trim();
  const honest = shown === address || shown === place || shown.replace(/\/$/, "") === url.href.replace(/\/$/, "");
  return { type: "link", href: url.href, children: withoutLinks(children), host: honest ? "" : place };
}

/** The address as a URL if it is one we link to, else null. */
export function safeUrl(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const anonymous = !url.username && !url.password;
  return ["https:", "mailto:"].includes(url.protocol) && anonymous ? url : null;
}

function decodeURIComponentOr(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function withoutLinks(nodes) {
  return nodes.map((node) => {
    if (node.type === "link") return plain(plainText(node.children));
    return node.children ? { ...node, children: withoutLinks(node.children) } : node;
  });
}

/** What a reader hears of `nodes`: their words without any mark. */
export function plainText(nodes) {
  return nodes
    .map((node) => (node.type === "break" ? "\n" : node.children ? plainText(node.children) : (node.text ?? "")))
    .join("");
}
