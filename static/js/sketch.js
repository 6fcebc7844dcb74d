/**
 * A drawing as vectors: it survives any resize, and undo costs nothing.
 *
 * All lengths are parts of the paper's side (0 to 1), so that the same drawing can be
 * painted on a phone, on a wide screen and into the picture that is sent.
 *
 * @typedef {{x: number, y: number, width: number}} Point
 * @typedef {Point[]} Stroke
 */

// Closer points add work and no shape; about one pixel on a phone.
const SMALLEST_STEP = 0.003;

export class Sketch {
  /** @type {Stroke[]} */
  #strokes = [];
  /** @type {Stroke[][]} */
  #past = [];
  /** @type {Stroke[][]} */
  #future = [];

  get isEmpty() {
    return this.#strokes.length === 0;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** @param {Point} point */
  begin(point) {
    this.#remember();
    this.#strokes = [...this.#strokes, [point]];
  }

  /**
   * Lengthen the newest stroke.
   * @param {Point} point
   */
  extend(point) {
    const stroke = this.#strokes.at(-1);
    const last = stroke.at(-1);
    if (Math.hypot(point.x - last.x, point.y - last.y) >= SMALLEST_STEP) {
      stroke.push(point);
    }
  }

  clear() {
    if (this.isEmpty) return;
    this.#remember();
    this.#strokes = [];
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.#strokes);
    this.#strokes = this.#past.pop();
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.#strokes);
    this.#strokes = this.#future.pop();
  }

  /**
   * Paint black ink; the paper is the caller's.
   * @param {CanvasRenderingContext2D} context
   * @param {number} sidePx
   */
  paint(context, sidePx) {
    context.save();
    context.scale(sidePx, sidePx);
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = "#000";
    for (const stroke of this.#strokes) paintStroke(context, stroke);
    context.restore();
  }

  /** @returns {Stroke[]} what `restore` takes back */
  toJSON() {
    return this.#strokes;
  }

  /** @param {Stroke[]} strokes */
  restore(strokes) {
    this.#remember();
    this.#strokes = strokes;
  }

  #remember() {
    this.#past.push(this.#strokes);
    this.#future = [];
  }
}

/**
 * Curves through the midpoints, with the points as controls: smooth at every joint.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 */
function paintStroke(context, stroke) {
  const [first] = stroke;
  if (stroke.length === 1) {
    context.beginPath();
    context.arc(first.x, first.y, first.width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let from = first;
  let pathWidth = first.width;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineWidth = pathWidth;
  for (let i = 1; i < stroke.length; i += 1) {
    const control = stroke[i - 1];
    const to = i === stroke.length - 1 ? stroke[i] : middle(control, stroke[i]);
    const width = (control.width + stroke[i].width) / 2;
    // A path has one width: a pen pressed harder begins another. Not at every point,
    // for where paths overlap their soft edges add up to bumps.
    if (width !== pathWidth) {
      context.stroke();
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineWidth = pathWidth = width;
    }
    context.quadraticCurveTo(control.x, control.y, to.x, to.y);
    from = to;
  }
  context.stroke();
}

/**
 * @param {Point} a
 * @param {Point} b
 */
function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
