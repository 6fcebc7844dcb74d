/** Asks the server what a drawing says, while it is being drawn; keeps nothing. */

/**
 * @typedef {object} Reading
 * @property {"sure" | "unsure" | "blank" | "not_a_digit"} outcome
 * @property {number | null} digit
 * @property {string} text
 * @property {number | null} confidence
 * @property {{digit: number, confidence: number, probabilities: number[],
 *             not_a_digit: number, glyph: string}[]} digits
 */

const QUIET_MS = 120; // As long as this without movement, and the question is asked.
const LONGEST_WAIT_MS = 480; // Someone who never pauses is answered all the same.
const GIVE_UP_MS = 8000;
const RETRY_MS = [1500, 3000, 6000, 12000];

export class Previewer {
  #sequence = 0;
  #changes = 0;
  #failures = 0;
  #firstChangeAt = 0;
  #timer = 0;
  /** @type {AbortController | null} */
  #request = null;

  /**
   * @param {object} given
   * @param {string} given.url
   * @param {string} given.csrfToken the page's own, for where there is no cookie
   * @param {() => Promise<Blob>} given.takePicture
   * @param {(reading: Reading, isCurrent: boolean) => void} given.onAnswer what was
   *   read, and whether that is still what is drawn
   * @param {(words: string) => void} given.onTrouble
   */
  constructor(given) {
    this.given = given;
    window.addEventListener("online", () => {
      if (this.#failures > 0) this.#askIn(0);
    });
  }

  /** The drawing changed: ask soon. */
  changed() {
    this.#changes += 1;
    this.#failures = 0; // The pauses between retries are for a hand that rests.
    const now = performance.now();
    this.#firstChangeAt ||= now;
    const left = LONGEST_WAIT_MS - (now - this.#firstChangeAt);
    this.#askIn(Math.max(0, Math.min(QUIET_MS, left)));
  }

  /** The drawing is gone: whatever is under way is of no interest. */
  forget() {
    this.#sequence += 1;
    this.#failures = 0;
    this.#firstChangeAt = 0;
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  /** @param {number} delayMs */
  #askIn(delayMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), delayMs);
  }

  async #ask() {
    this.#firstChangeAt = 0;
    // The older question is dropped before a newer one is asked: one is in flight.
    this.#request?.abort();
    this.#request = new AbortController();
    const sequence = (this.#sequence += 1);
    const changes = this.#changes;
    let outcome;
    try {
      outcome = await this.#post(this.#request);
    } catch {
      outcome = { trouble: wordsFor(0), isLasting: false };
    }
    if (sequence !== this.#sequence) return;
    if (outcome.reading) this.#succeed(outcome.reading, changes === this.#changes);
    else this.#fail(outcome);
  }

  /** @param {AbortController} request */
  async #post(request) {
    const timer = setTimeout(() => request.abort(), GIVE_UP_MS);
    try {
      return await this.#send(request.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {AbortSignal} signal */
  async #send(signal) {
    const body = new FormData();
    body.append("image", await this.given.takePicture(), "drawing.png");
    const response = await fetch(this.given.url, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRFToken": csrfCookie() ?? this.given.csrfToken },
      signal,
    });
    if (response.ok) return { reading: await response.json() };
    const isLasting = response.status < 500 && response.status !== 429;
    const said = isLasting && response.status !== 403 ? await messageOf(response) : null;
    return { trouble: said ?? wordsFor(response.status), isLasting };
  }

  /**
   * @param {Reading} reading
   * @param {boolean} isCurrent
   */
  #succeed(reading, isCurrent) {
    this.#failures = 0;
    this.given.onAnswer(reading, isCurrent);
  }

  /** @param {{trouble: string, isLasting: boolean}} outcome */
  #fail({ trouble, isLasting }) {
    this.given.onTrouble(trouble);
    if (isLasting) return;
    const delayMs = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    this.#askIn(delayMs);
  }
}

// After a log-in in another tab the token in this page is an old one.
function csrfCookie() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

/** @param {Response} response */
async function messageOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return null;
  }
}

/** @param {number} status 0 when no answer came at all */
function wordsFor(status) {
  if (status === 403) return "This page is too old to be answered. Please reload it.";
  if (status === 429) return "That was a lot of drawing. Draw on: the answer comes as soon as it may.";
  if (status >= 500) return "The reader is busy just now. Draw on: it will be asked again.";
  if (status > 0) return "This drawing could not be read. Undo a stroke, or start again.";
  return "No connection just now. Draw on: the answer comes when it is back.";
}
