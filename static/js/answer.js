/** The answer beside the paper: digit, words, what the model saw, probabilities. */

import { fillBars, percent } from "./bars.js";

/** @typedef {import("./preview.js").Reading} Reading */
/** @typedef {Reading["digits"][0]} Digit */

// Below this something else may be as likely.
const PROBABLE = 0.5;

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
    const digit = reading.digits.length === 1 ? reading.digits[0] : null;
    const { big, words, detail } = describe(reading, digit);
    this.#wait(!isCurrent);
    this.#show(reading.outcome, big, words, detail);
    this.#showDigit(digit);
  }

  /**
   * The last answer stays, dimmed: it was right for what was drawn until then.
   * @param {string} words
   */
  showTrouble(words) {
    this.#wait(false);
    // By now something is drawn, and nothing has been answered yet.
    if (this.card.dataset.state === "empty") this.part("words").textContent = "No answer yet.";
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

  /** @param {Digit | null} digit */
  #showDigit(digit) {
    fillBars(this.part("bars"), digit ? allShares(digit) : null);
    const glyph = this.part("glyph");
    glyph.hidden = !digit;
    if (digit) glyph.src = digit.glyph;
  }
}

/**
 * @param {Reading} reading
 * @param {Digit | null} digit the one digit in it, if there is exactly one
 */
function describe({ outcome, text, confidence }, digit) {
  const sure = confidence === null ? "" : `${percent(confidence)}%`;
  switch (outcome) {
    case "sure":
      return { big: text, words: `It is ${noun(text)}.`, detail: `The model is ${sure} sure.` };
    case "unsure":
      return {
        big: text,
        words: `${confidence < PROBABLE ? "Perhaps" : "Probably"} ${noun(text)}, but look twice.`,
        detail: `The model says ${digit ? twoLikeliest(digit) : `${text} (${sure})`}.`,
      };
    case "blank":
      return { big: "?", words: "Nothing to read yet.", detail: "Draw a little more." };
    default:
      return {
        big: "?",
        words: `This does not look like a digit. Closest: ${text}.`,
        detail: "Draw on, or clear the paper and start again.",
      };
  }
}

/**
 * The answer and what comes next, which may be no digit at all.
 * @param {Digit} digit
 */
function twoLikeliest(digit) {
  const shares = allShares(digit);
  const say = (index) => {
    const words = index > 9 ? "no digit at all" : noun(String(index));
    return `${words} (${percent(shares[index])}%)`;
  };
  const others = [...shares.keys()].filter((index) => index !== digit.digit);
  const next = others.reduce((best, each) => (shares[each] > shares[best] ? each : best));
  return `${say(digit.digit)} or ${say(next)}`;
}

/**
 * Of 0 to 9 and of no digit.
 * @param {Digit} digit
 */
function allShares(digit) {
  return [...digit.probabilities, digit.not_a_digit];
}

/** @param {string} text a 7, an 8; a whole number stands alone */
function noun(text) {
  if (text.length > 1) return text;
  return text === "8" ? "an 8" : `a ${text}`;
}
