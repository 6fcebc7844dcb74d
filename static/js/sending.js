/** A form being sent: its button rests meanwhile, but never for good. */

// Whoever still sees the page after this long has cancelled, or lost the connection.
const REST_MS = 10_000;

export class Sending {
  #timer = 0;

  /** @param {() => void} onEnd also called whenever the page is shown */
  constructor(onEnd) {
    this.onEnd = onEnd;
    // Back from the result the browser may show the page as it was left.
    window.addEventListener("pageshow", () => this.end());
  }

  get isUnderWay() {
    return this.#timer !== 0;
  }

  begin() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), REST_MS);
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.onEnd();
  }
}
