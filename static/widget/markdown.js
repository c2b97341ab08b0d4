/**
 * Markdown as a tree of plain values, for text that nobody vouches for.
 *
 * Known: paragraphs with line breaks, headings, nested lists, fenced code, block quotes, rules and tables.
 * HTML and images are not known and stay text. Each block keeps the `source` it was read from, so that
 * a growing text can be drawn again only where it grew.
 */

import { parseInline } from "./markdown_inline.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const ITEM = /^(\s*)([-*+•]|(\d{1,9})[.)])(?:\s+(.*)|)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 6;

/** The blocks of `text`; never throws, whatever the text. */
export function parseMarkdown(text, depth = 0) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const { block, next } = readBlock(lines, at, depth);
    blocks.push({ ...block, source: lines.slice(at, next).join("\n") });
    at = next;
  }
  return blocks;
}

function readBlock(lines, at, depth) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return readFence(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    return { block: { type: "heading", level: heading[1].length, children: parseInline(heading[2]) }, next: at + 1 };
  }
  if (RULE.test(line)) return { block: { type: "rule" }, next: at + 1 };
  if (depth < DEEPEST && QUOTE.test(line)) return readQuote(lines, at, depth);
  if (depth < DEEPEST && ITEM.test(line)) return readList(lines, at, depth);
  if (isTable(lines, at)) return readTable(lines, at);
  return readParagraph(lines, at, depth);
}

function readFence(lines, at, [, marks, language]) {
  let end = at + 1;
  const closing = new RegExp(`^ {0,3}${marks[0] === "`" ? "`" : "~"}{${marks.length},}\\s*$`);
  while (end < lines.length && !closing.test(lines[end])) end += 1;
  const code = lines.slice(at + 1, end).join("\n");
  return { block: { type: "code", language, text: code }, next: Math.min(end + 1, lines.length) };
}

function readQuote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => QUOTE.exec(line)[1]);
  return { block: { type: "quote", blocks: parseMarkdown(inner.join("\n"), depth + 1) }, next: end };
}

function readList(lines, at, depth) {
  const [, indent, , number] = ITEM.exec(lines[at]);
  const ordered = number !== undefined;
  const items = [];
  let end = at;
  while (end < lines.length) {
    const match = ITEM.exec(lines[end]);
    if (!match || match[1].length !== indent.length || (match[3] !== undefined) !== ordered) break;
    const item = [match[4] ?? ""];
    end += 1;
    while (end < lines.length && belongsToItem(lines, end, indent.length)) {
      item.push(lines[end].slice(Math.min(leading(lines[end]), indent.length + 2)));
      end += 1;
    }
    items.push(parseMarkdown(item.join("\n"), depth + 1));
    if (end < lines.length && !lines[end].trim() && ITEM.test(lines[end + 1] ?? "")) end += 1;
  }
  return { block: { type: "list", ordered, start: ordered ? Number(number) : 1, items }, next: end };
}

function belongsToItem(lines, at, indent) {
  const line = lines[at];
  if (!line.trim()) return leading(lines[at + 1] ?? "") > indent && Boolean(lines[at + 1]?.trim());
  return leading(line) > indent;
}

function leading(line) {
  return line.length - line.trimStart().length;
}

function isTable(lines, at) {
  const rule = lines[at + 1] ?? "";
  return lines[at].includes("|") && rule.includes("-") && TABLE_RULE.test(rule);
}

function readTable(lines, at) {
  const header = cells(lines[at]);
  const rows = [];
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) {
    const row = cells(lines[end]);
    rows.push(header.map((_, column) => row[column] ?? []));
    end += 1;
  }
  return { block: { type: "table", header, rows }, next: end };
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => parseInline(cell.trim().replaceAll("\\|", "|")));
}

function readParagraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !startsBlock(lines, end, depth)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return { block: { type: "paragraph", children: parseInline(text) }, next: end };
}

function startsBlock(lines, at, depth) {
  const line = lines[at];
  const nested = depth < DEEPEST && (QUOTE.test(line) || ITEM.test(line));
  return nested || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || isTable(lines, at);
}
