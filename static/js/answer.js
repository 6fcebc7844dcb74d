/** The answer beside the paper: digit, words, what the model saw, probabilities. */

import { fillBars, percent } from "./bars.js";

/** @typedef {import("./preview.js").Reading} Reading */

export class AnswerCard {
  /** @param {HTMLElement} card */
  constructor(card) {
    this.card = card;
    this.part = (name) => card.querySelector(`[data-${name}]`);
  }

  showNothing() {
    this.#wait(false);
    this.#show("empty", "?", "Nothing drawn yet.", "Draw on the paper to see an answer.");
    this.#showDigit(null);
  }

  /** What is shown belongs to an older drawing: it stays, but not as the answer. */
  showWaiting() {
    this.#wait(true);
  }

  /**
   * @param {Reading} reading
   * @param {boolean} isCurrent false for what was drawn a moment ago
   */
  showReading(reading, isCurrent) {
    const { big, words, detail } = describe(reading);
    this.#wait(!isCurrent);
    this.#show(reading.outcome, big, words, detail);
    this.#showDigit(reading.digits.length === 1 ? reading.digits[0] : null);
  }

  /**
   * The last answer stays, dimmed: it was right for what was drawn until then.
   * @param {string} words
   */
  showTrouble(words) {
    this.#wait(false);
    this.card.dataset.state = "trouble";
    this.part("detail").textContent = words;
  }

  /** @param {boolean} isWaiting while so, screen readers hold back what changes */
  #wait(isWaiting) {
    this.card.setAttribute("aria-busy", String(isWaiting));
  }

  #show(state, big, words, detail) {
    this.card.dataset.state = state;
    this.part("big").textContent = big;
    this.part("words").textContent = words;
    this.part("detail").textContent = detail;
  }

  /** @param {Reading["digits"][0] | null} digit */
  #showDigit(digit) {
    fillBars(this.part("bars"), digit?.probabilities ?? null);
    const glyph = this.part("glyph");
    glyph.hidden = !digit;
    if (digit) glyph.src = digit.glyph;
  }
}

/** @param {Reading} reading */
function describe({ outcome, text, confidence }) {
  const sure = confidence === null ? "" : `${percent(confidence)}%`;
  switch (outcome) {
    case "sure":
      return { big: text, words: `It is ${noun(text)}.`, detail: `The model is ${sure} sure.` };
    case "unsure":
      return {
        big: text,
        words: `Probably ${noun(text)}.`,
        detail: `The model is ${sure} sure. The bars show what else it may be.`,
      };
    case "blank":
      return { big: "?", words: "Nothing to read yet.", detail: "Draw a little more." };
    default:
      return {
        big: "?",
        words: "This does not look like a digit.",
        detail: "Clear the paper and draw one digit from 0 to 9.",
      };
  }
}

/** @param {string} text a 7, an 8; a whole number stands alone */
function noun(text) {
  if (text.length > 1) return text;
  return text === "8" ? "an 8" : `a ${text}`;
}
