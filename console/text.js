/**
 * Positions in text, and text with parts marked.
 *
 * The server counts Unicode scalars; a JavaScript string counts UTF-16 units, of which an emoji takes two.
 */

import { element } from "./dom.js";

const SURROGATE = /[\ud800-\udbff]/;

/**
 * Where scalars lie in a string.
 * @param {string} text
 * @param {number[]} scalars Ascending positions.
 * @returns {number[]} The same in UTF-16 units; what lies behind the end is the end.
 */
export function unitPositions(text, scalars) {
  if (!SURROGATE.test(text)) return scalars.map((position) => Math.min(position, text.length));
  let unit = 0;
  let scalar = 0;
  return scalars.map((position) => {
    for (; scalar < position && unit < text.length; scalar++) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    }
    return unit;
  });
}

/**
 * The server's ranges as a text can show them: within it, in order, apart, in UTF-16 units.
 * @param {number} [start] The document's scalar at which `text` starts.
 */
export function unitRanges(text, ranges, start = 0) {
  const kept = [];
  let end = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const from = Math.max(range.start - start, end);
    if (range.end - start <= from) continue;
    end = range.end - start;
    kept.push(from, end);
  }
  const units = unitPositions(text, kept);
  const found = [];
  for (let i = 0; i < units.length; i += 2) {
    if (units[i] < units[i + 1]) found.push({ start: units[i], end: units[i + 1] });
  }
  return found;
}

/**
 * The piece of `text` between two positions as nodes, the ranges in it marked, and what Markdown puts before a heading
 * set apart. All count UTF-16 units; ranges are as `unitRanges` gives them.
 */
export function marked(text, ranges, from = 0, to = text.length) {
  const nodes = [];
  let position = from;
  const plain = (end) => {
    for (const [part] of text.slice(position, end).matchAll(/^#{1,6} +|(?:(?!\n#)[^])+|\n/gm)) {
      const isHeading = /^#{1,6} +$/.test(part) && (position === 0 || text[position - 1] === "\n");
      nodes.push(isHeading ? element("span", { class: "syntax" }, part) : document.createTextNode(part));
      position += part.length;
    }
  };
  for (const range of ranges) {
    const start = Math.max(range.start, from);
    const end = Math.min(range.end, to);
    if (start >= end) continue;
    plain(start);
    nodes.push(element("mark", {}, text.slice(start, end)));
    position = end;
  }
  plain(to);
  return nodes;
}

/**
 * A document's text as blocks to read: paragraphs, headings as Markdown writes them, form feeds, with which pages end.
 * @param {string} text
 * @returns {{kind: "text" | "heading" | "page", start: number, end: number}[]} In UTF-16 units.
 */
export function blocks(text) {
  const found = [];
  let open = -1;
  let last = 0;
  const close = () => {
    if (open >= 0) found.push({ kind: "text", start: open, end: last });
    open = -1;
  };
  for (const line of text.matchAll(/\f|[^\n\f]+/g)) {
    const start = line.index;
    const end = start + line[0].length;
    if (line[0] === "\f") {
      close();
      found.push({ kind: "page", start, end });
    } else if (/^#{1,6} \S/.test(line[0])) {
      close();
      found.push({ kind: "heading", start, end });
    } else if (line[0].trim() === "") {
      close();
    } else {
      if (open >= 0 && text.slice(last, start) !== "\n") close();
      if (open < 0) open = start;
      last = end;
    }
  }
  close();
  return found;
}
