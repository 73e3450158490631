// input[type=file][data-upload]: shows what was chosen before it is sent, refuses what is too large at once.
//   data-upload-max="bytes" of one file; the list goes into the element after the input's [data-drop], or the input.
//   data-upload-add            a further choice (the next photo of a camera) adds to the files; each can be taken out.
function sizeText(bytes) {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

const kept = new WeakMap();

function put(input, files) {
  const all = new DataTransfer();
  for (const file of files) {
    all.items.add(file);
  }
  input.files = all.files;
  kept.set(input, files);
}

function add(input) {
  const same = (one) => (other) =>
    one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
  const earlier = kept.get(input) || [];
  put(input, [...earlier, ...[...input.files].filter((file) => !earlier.some(same(file)))]);
}

function takeOut(input, file) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-small";
  button.textContent = "移除";
  button.setAttribute("aria-label", `移除 ${file.name}`);
  button.addEventListener("click", () => {
    put(input, [...input.files].filter((each) => each !== file));
    show(input);
    input.focus();
  });
  return button;
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
    if ("uploadAdd" in input.dataset) {
      item.append(takeOut(input, file));
    }
    list.append(item);
  }
  input.setCustomValidity(tooLarge);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-upload]")) {
    if ("uploadAdd" in event.target.dataset) {
      add(event.target);
    }
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
