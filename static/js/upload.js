/** The upload page: choose, drop, paste or photograph; look at it; send it. */

import { hush, say } from "./alert.js";
import { putFile } from "./files.js";
import { Sending } from "./sending.js";

const form = document.getElementById("upload-form");
const input = form.elements.image;
const camera = document.getElementById("camera");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const picture = document.getElementById("chosen-picture");
const noPicture = document.getElementById("chosen-unseen");
const send = document.getElementById("send");
const maxMb = Number(form.dataset.maxMb);
const sending = new Sending(react);

/** @param {number} bytes */
function sizeWords(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/**
 * Why a file is not worth sending; the server has the last word on all others.
 * @param {File} file
 */
function refusal(file) {
  if (file.size === 0) return `“${file.name}” is empty. Choose another picture.`;
  if (file.size > maxMb * 1024 ** 2) {
    return (
      `“${file.name}” is ${sizeWords(file.size)}; the most we take is ${maxMb} MB. ` +
      "Choose a smaller picture, or crop it to the digit."
    );
  }
  // Some systems know no type for HEIC: an unknown type is not a wrong one.
  const isOther = file.type !== "" && !file.type.startsWith("image/");
  if (isOther || file.type === "image/svg+xml") {
    return (
      `“${file.name}” is not a picture we can read. ` +
      "Choose a photo or scan: PNG, JPEG, WebP, GIF, BMP, TIFF or HEIC."
    );
  }
  return null;
}

function forget() {
  URL.revokeObjectURL(picture.src);
  picture.removeAttribute("src");
  chosen.hidden = true;
  drop.hidden = false;
  send.disabled = true;
}

/** @param {File} file */
function show(file) {
  URL.revokeObjectURL(picture.src);
  picture.hidden = false;
  noPicture.hidden = true;
  picture.src = URL.createObjectURL(file);
  document.getElementById("chosen-name").textContent = file.name;
  document.getElementById("chosen-size").textContent = sizeWords(file.size);
  chosen.hidden = false;
  drop.hidden = true;
  send.disabled = false;
}

function react() {
  const [file] = input.files;
  if (!file) return forget();
  const words = refusal(file);
  if (words === null) {
    hush();
    return show(file);
  }
  input.value = "";
  forget();
  return say(words);
}

/** @param {FileList | undefined} files */
function take(files) {
  if (!files?.length) return false;
  putFile(input, files[0]);
  react();
  if (!send.disabled) send.focus();
  return true;
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

// The whole window takes a drop: a picture let go beside the box must not replace the page.
window.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.add("is-over");
});
window.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("is-over");
});
window.addEventListener("drop", (event) => {
  drop.classList.remove("is-over");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (take(event.clipboardData?.files)) event.preventDefault();
  else say("There is no picture on the clipboard. Copy one first, or choose a file.");
});
input.addEventListener("change", react);
camera.addEventListener("change", () => take(camera.files));
picture.addEventListener("error", () => {
  if (!picture.hasAttribute("src")) return;
  picture.hidden = true;
  noPicture.hidden = false;
});
document.getElementById("another").addEventListener("click", () => input.click());
form.addEventListener("submit", () => {
  sending.begin();
  // A second press would send the picture twice; disabling now would send nothing.
  setTimeout(() => {
    send.disabled = true;
  });
});
