/** Fills the chart of probabilities that `_partials/bars.html` lays out. */

/**
 * As the server rounds: 100.0 is for what is truly certain.
 * @param {number} part 0 to 1
 */
export function percent(part) {
  return Math.min(100 * part, part >= 1 ? 100 : 99.9).toFixed(1);
}

/**
 * @param {HTMLTableElement} table
 * @param {number[] | null} probabilities of 0 to 9 and of no digit, or null for an
 *   empty chart
 */
export function fillBars(table, probabilities) {
  const top = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  table.querySelectorAll("tbody tr").forEach((row, index) => {
    const words = probabilities ? percent(probabilities[index]) : null;
    row.classList.toggle("is-top", index === top);
    row.querySelector("rect").setAttribute("width", words ?? "0");
    row.querySelector("[data-percent]").textContent = words === null ? "–" : `${words}%`;
    row.querySelector("[data-top]").hidden = index !== top;
  });
}
