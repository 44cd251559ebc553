// The page of a source's rules. What is pointed at in the frame comes as a message with two numbers; what to
// make of it is said by the server, and the editor chooses. Without this script everything is typed by hand.
(() => {
  const frame = document.getElementById("page-view");
  const pick = document.getElementById("pick");
  const form = document.getElementById("rules");
  const look = document.getElementById("look");
  if (!frame || !pick || !form || !look) return;
  const isNumber = (value) => Number.isInteger(value) && value >= 0 && value < 1e12;

  window.addEventListener("message", (event) => {
    // The frame is a sandbox: it has no origin, and is known by its window.
    if (event.source !== frame.contentWindow || event.origin !== "null") return;
    const { article, element } = event.data || {};
    if (!isNumber(article) || !isNumber(element)) return;
    pick.elements.article.value = article;
    pick.elements.element.value = element;
    pick.requestSubmit();
  });

  // On a narrow screen, or far down the page, what is proposed would come out of sight.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof Element && event.target.id === "proposals") event.target.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-line]") : null;
    const field = button && form.elements[button.dataset.field];
    if (!field) return;
    const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.includes(button.dataset.line)) lines.push(button.dataset.line);
    field.value = lines.join("\n");
    field.focus();
    form.requestSubmit(look);
  });

  form.elements.article.addEventListener("change", () => form.requestSubmit(look));
})();
