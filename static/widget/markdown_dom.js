/**
 * Draws parsed Markdown as DOM nodes. Text reaches the page as text nodes only, so nothing in it can run.
 *
 * `draw` compares with what it drew before and replaces only the blocks whose source changed: while an answer
 * grows, that is the last one. Nothing here needs the chat's page: the inbox of operators draws with it too.
 */

import { element } from "./dom.js";
import { parseMarkdown } from "./markdown.js";

const drawn = new WeakMap();

/** Makes `container` show `text`; `drawCode` makes the node of a fenced block. */
export function draw(container, text, drawCode = plainCode) {
  const blocks = parseMarkdown(text);
  const before = drawn.get(container) ?? [];
  let kept = 0;
  while (kept < before.length && kept < blocks.length && same(before[kept], blocks[kept])) kept += 1;
  while (container.childNodes.length > kept) container.lastChild.remove();
  for (const block of blocks.slice(kept)) container.append(blockNode(block, drawCode));
  drawn.set(container, blocks);
}

function same(one, other) {
  return one.type === other.type && one.source === other.source;
}

function plainCode({ language, text: code }) {
  return element("pre", { tabindex: 0, "data-language": language || null }, [element("code", {}, [code])]);
}

function blockNode(block, drawCode) {
  switch (block.type) {
    case "heading":
      return element(`h${Math.min(block.level + 1, 6)}`, { class: "md-heading" }, inlineNodes(block.children));
    case "code":
      return drawCode(block);
    case "quote":
      return element("blockquote", {}, block.blocks.map((inner) => blockNode(inner, drawCode)));
    case "list":
      return listNode(block, drawCode);
    case "table":
      return tableNode(block);
    case "rule":
      return element("hr");
    default:
      return element("p", {}, inlineNodes(block.children));
  }
}

function listNode({ ordered, start, items }, drawCode) {
  const children = items.map((blocks) => {
    const tight = blocks[0]?.type === "paragraph";
    const first = tight ? inlineNodes(blocks[0].children) : [];
    return element("li", {}, [...first, ...blocks.slice(tight ? 1 : 0).map((inner) => blockNode(inner, drawCode))]);
  });
  return element(ordered ? "ol" : "ul", ordered && start !== 1 ? { start } : {}, children);
}

function tableNode({ header, rows }) {
  const head = element("tr", {}, header.map((cell) => element("th", { scope: "col" }, inlineNodes(cell))));
  const body = rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, inlineNodes(cell)))));
  const table = element("table", {}, [element("thead", {}, [head]), element("tbody", {}, body)]);
  return element("div", { class: "md-table", tabindex: 0 }, [table]);
}

function inlineNodes(nodes) {
  return nodes.map((node) => {
    switch (node.type) {
      case "strong":
        return element("strong", {}, inlineNodes(node.children));
      case "emphasis":
        return element("em", {}, inlineNodes(node.children));
      case "struck":
        return element("s", {}, inlineNodes(node.children));
      case "code":
        return element("code", {}, [node.text]);
      case "break":
        return element("br");
      case "link":
        return linkNode(node);
      default:
        return document.createTextNode(node.text);
    }
  });
}

function linkNode({ href, children, host }) {
  const shown = host ? [...inlineNodes(children), element("span", { class: "md-host" }, [` (${host})`])] : inlineNodes(children);
  return element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, shown);
}
