// input[type=file][data-upload]: shows what was chosen before it is sent, refuses what is too large at once.
//   data-upload-max="bytes" of one file; the list goes into the element after the input's [data-drop], or the input.
function sizeText(bytes) {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function show(input) {
  const limit = Number(input.dataset.uploadMax || 0);
  const place = input.closest("[data-drop]") || input.parentElement;
  let list = place.querySelector(".drop-list");
  if (!list) {
    list = document.createElement("ul");
    list.className = "drop-list";
    list.setAttribute("aria-live", "polite");
    place.append(list);
  }
  list.replaceChildren();
  let tooLarge = "";
  for (const file of input.files) {
    const item = document.createElement("li");
    if (file.type.startsWith("image/")) {
      // A data: address, because the content policy allows no blob: images.
      const image = document.createElement("img");
      image.alt = "";
      const reader = new FileReader();
      reader.addEventListener("load", () => (image.src = reader.result));
      reader.readAsDataURL(file);
      item.append(image);
    }
    const text = document.createElement("span");
    text.textContent = `${file.name}(${sizeText(file.size)})`;
    if (limit && file.size > limit) {
      text.className = "is-wrong";
      text.textContent += ` — 超过 ${sizeText(limit)},请压缩或拆分后再选`;
      tooLarge = `“${file.name}”超过 ${sizeText(limit)}。`;
    }
    item.append(text);
    list.append(item);
  }
  input.setCustomValidity(tooLarge);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-upload]")) {
    show(event.target);
  }
});

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (!drop) {
      return;
    }
    event.preventDefault();
    drop.classList.toggle("is-over", name === "dragenter" || name === "dragover");
    const input = drop.querySelector("input[type=file]");
    if (name === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
