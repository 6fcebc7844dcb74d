/** Giving a form a file it did not choose itself. */

/**
 * @param {HTMLInputElement} input
 * @param {File} file
 */
export function putFile(input, file) {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input.files = carrier.files;
}
