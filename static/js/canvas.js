/** The sheet of paper: turns pointers into strokes and shows the sketch. */

/** @typedef {import("./sketch.js").Sketch} Sketch */
/** @typedef {{x: number, y: number, isDown: boolean}} Cursor */

const EXPORT_SIDE_PX = 280;
// A pen reports 0.5 for ordinary pressure: that must give the width that was chosen.
const LIGHTEST_TOUCH = 0.4;
const PRESSURE_GAIN = 1.2;

/** Fires "change" when the drawing changed (also while a stroke goes on). */
export class Paper extends EventTarget {
  /** Pen width, in parts of the side. */
  penWidth = 0.06;
  /** @type {Cursor | null} the keyboard's pen, shown but never exported */
  cursor = null;

  /** @type {number | null} */
  #pointerId = null;
  #isPaintDue = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Sketch} sketch
   */
  constructor(canvas, sketch) {
    super();
    this.canvas = canvas;
    this.sketch = sketch;
    this.context = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.#lift(event));
    }
    new ResizeObserver(() => this.#fit()).observe(canvas);
    // A move to another screen changes the pixel ratio, not the element's size.
    window.addEventListener("resize", () => this.#fit());
    this.#fit();
  }

  /** Whether a pointer is on the paper now. */
  get isPressed() {
    return this.#pointerId !== null;
  }

  /** Say that the sketch was changed from outside (undo, clear, keyboard). */
  changed() {
    this.repaint();
    this.dispatchEvent(new Event("change"));
  }

  repaint() {
    if (this.#isPaintDue) return;
    this.#isPaintDue = true;
    requestAnimationFrame(() => {
      this.#isPaintDue = false;
      const sidePx = this.canvas.width;
      this.context.clearRect(0, 0, sidePx, sidePx);
      this.sketch.paint(this.context, sidePx);
      if (this.cursor) this.#paintCursor(this.cursor, sidePx);
    });
  }

  /**
   * The drawing as people see it: black ink on white paper.
   * @returns {Promise<Blob>} PNG, 280x280
   */
  toPng() {
    const sheet = document.createElement("canvas");
    sheet.width = sheet.height = EXPORT_SIDE_PX;
    const context = sheet.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, EXPORT_SIDE_PX, EXPORT_SIDE_PX);
    this.sketch.paint(context, EXPORT_SIDE_PX);
    return new Promise((resolve, reject) => {
      sheet.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error("The canvas gave no PNG."))),
        "image/png",
      );
    });
  }

  /** @param {PointerEvent} event */
  #press(event) {
    // One pointer draws; a second finger or a resting palm does not.
    if (this.isPressed || event.button !== 0) return;
    this.#pointerId = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    this.sketch.begin(this.#pointOf(event));
    this.changed();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId !== this.#pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      this.sketch.extend(this.#pointOf(each));
    }
    this.changed();
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    if (event.pointerId !== this.#pointerId) return;
    this.#pointerId = null;
  }

  /** @param {PointerEvent} event */
  #pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    const pressure =
      event.pointerType === "pen" && event.pressure > 0
        ? LIGHTEST_TOUCH + PRESSURE_GAIN * event.pressure
        : 1;
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
      width: this.penWidth * pressure,
    };
  }

  #fit() {
    const sidePx = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    if (sidePx === 0 || sidePx === this.canvas.width) return;
    this.canvas.width = this.canvas.height = sidePx;
    this.repaint();
  }

  /**
   * @param {Cursor} cursor
   * @param {number} sidePx
   */
  #paintCursor(cursor, sidePx) {
    const { context } = this;
    context.beginPath();
    context.arc(
      cursor.x * sidePx,
      cursor.y * sidePx,
      (this.penWidth * sidePx) / 2 + 2,
      0,
      2 * Math.PI,
    );
    context.lineWidth = 2 * window.devicePixelRatio;
    context.setLineDash(cursor.isDown ? [] : [6, 6]);
    context.strokeStyle = "#2746d8";
    context.stroke();
    context.setLineDash([]);
  }
}
