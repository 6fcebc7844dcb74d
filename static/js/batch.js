/** The page of one batch: while it is read, how far it is comes by itself. */

import { hush, say } from "./alert.js";

const EVERY_MS = 1500;
const place = document.getElementById("batch-progress");
let isSilent = false;

async function look() {
  const response = await fetch(place.dataset.url);
  // It has ended: what was read stands on the page anew.
  if (response.status === 204) {
    location.reload();
    return;
  }
  if (!response.ok) throw new Error(`Expected the progress. Received: ${response.status}`);
  place.innerHTML = await response.text();
}

async function goOn() {
  try {
    // Of no use to anybody who looks elsewhere.
    if (!document.hidden) await look();
    if (isSilent) hush();
    isSilent = false;
  } catch {
    if (!isSilent) say("How far it is cannot be asked just now. It goes on meanwhile.");
    isSilent = true;
  }
  setTimeout(goOn, EVERY_MS);
}

if (place.dataset.url) setTimeout(goOn, EVERY_MS);
