/** The answer beside the paper: digit, words, what the model saw, probabilities. */

import { fillBars, percent } from "./bars.js";
import { fillStrip } from "./strip.js";

/** @typedef {import("./preview.js").Reading} Reading */
/** @typedef {Reading["digits"][0]} Digit */

// Below this something else may be as likely.
const PROBABLE = 0.5;
// Of a number that is unsure, the digits below this are pointed out.
const DOUBTFUL = 0.9;
const ORDINALS = new Intl.PluralRules("en-GB", { type: "ordinal" });
const ENDINGS = { one: "st", two: "nd", few: "rd", other: "th" };

export class AnswerCard {
  /** @param {HTMLElement} card */
  constructor(card) {
    this.card = card;
    this.part = (name) => card.querySelector(`[data-${name}]`);
  }

  showNothing() {
    this.#wait(false);
    this.#show("empty", "?", "Nothing drawn yet.", "Draw on the paper to see an answer.");
    this.#showDigits([], false);
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
    this.#showDigits(reading.digits, reading.outcome === "unsure");
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

  /**
   * One has bars and the glyph; several have a strip.
   * @param {Digit[]} digits
   * @param {boolean} isUnsure
   */
  #showDigits(digits, isUnsure) {
    const isNumber = digits.length > 1;
    this.card.classList.toggle("is-number", isNumber);
    this.part("big").classList.toggle("is-longer", digits.length > 4);
    const digit = digits.length === 1 ? digits[0] : null;
    fillBars(this.part("bars"), digit ? allShares(digit) : null);
    this.part("bars").hidden = isNumber;
    const glyph = this.part("glyph");
    glyph.hidden = !digit;
    if (digit) glyph.src = digit.glyph;
    this.part("strip").hidden = !isNumber;
    fillStrip(
      this.part("strip"),
      isNumber ? digits.map((each) => ({ ...each, isDoubtful: isUnsure && isDoubtful(each) })) : [],
    );
  }
}

/** @param {Reading} reading */
function describe({ outcome, text, confidence, digits }) {
  const isNumber = digits.length > 1;
  const sure = confidence === null ? "" : `${percent(confidence)}%`;
  switch (outcome) {
    case "sure":
      return {
        big: text,
        words: `It is ${noun(text)}.`,
        detail: `The model is ${sure} sure${isNumber ? " of the whole number" : ""}.`,
      };
    case "unsure":
      return {
        big: text,
        words: `${confidence < PROBABLE ? "Perhaps" : "Probably"} ${noun(text)}, but look twice.`,
        detail: isNumber ? doubts(digits) : `The model says ${twoLikeliest(digits[0])}.`,
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
 * Of which digit of a number the model is least sure, and what it may be.
 * @param {Digit[]} digits
 */
function doubts(digits) {
  const confidences = digits.map((digit) => digit.confidence);
  const least = confidences.indexOf(Math.min(...confidences));
  const which = `the ${place(least)}`;
  const either = twoLikeliest(digits[least]);
  const doubtful = digits.filter(isDoubtful).length;
  if (doubtful === 0) {
    return "Each digit is clear by itself. Where they begin and end, or whether these are all, is not.";
  }
  if (doubtful === 1) return `The model doubts ${which} digit: ${either}.`;
  return `The model doubts ${doubtful} of ${digits.length} digits, most of all ${which}: ${either}.`;
}

/** @param {Digit} digit */
function isDoubtful(digit) {
  return digit.confidence < DOUBTFUL;
}

/** @param {number} index from 0; 1st, 2nd, 3rd */
function place(index) {
  return `${index + 1}${ENDINGS[ORDINALS.select(index + 1)]}`;
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
