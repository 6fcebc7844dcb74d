/** Fills the strip of a number's digits, as `_partials/strip.html` lays one out. */

import { percent } from "./bars.js";

/**
 * @param {HTMLOListElement} list
 * @param {{digit: number, confidence: number, glyph: string, isDoubtful: boolean}[]} digits
 */
export function fillStrip(list, digits) {
  list.replaceChildren(...digits.map(entryOf));
}

/** @param {Parameters<typeof fillStrip>[1][0]} digit */
function entryOf(digit) {
  const glyph = Object.assign(new Image(56, 56), { className: "glyph", alt: "", src: digit.glyph });
  const frame = make("span", "glyph-frame");
  frame.append(glyph);
  const read = make("span", "strip-read", String(digit.digit));
  if (digit.isDoubtful) read.append(make("span", "strip-doubt", "?"));
  const whole = make("span", `strip-digit${digit.isDoubtful ? " is-doubtful" : ""}`);
  whole.append(frame, read, make("span", "strip-sure", `${percent(digit.confidence)}%`));
  const entry = document.createElement("li");
  entry.append(whole);
  return entry;
}

/**
 * @param {string} name
 * @param {string} className
 * @param {string} words
 */
function make(name, className, words = "") {
  return Object.assign(document.createElement(name), { className, textContent: words });
}
