// Inside the frame that shows a kept page: tells the page around it which element was pointed at, by its
// number, and nothing else. The frame has no origin, so the message is addressed to any; it holds no secret.
(() => {
  const body = document.body;
  const outlined = (element) => {
    document.querySelector(".pointed-at")?.classList.remove("pointed-at");
    element?.classList.add("pointed-at");
  };
  const numbered = (node) => (node instanceof Element ? node.closest("[data-n]") : null);
  const choose = (element) => {
    if (!element) return;
    document.querySelector(".chosen")?.classList.remove("chosen");
    element.classList.add("chosen");
    parent.postMessage({ article: Number(body.dataset.article), element: Number(element.dataset.n) }, "*");
  };

  // A site's navigation stands first, and is not what one comes to look at; unless something is said above it.
  // Not scrollIntoView, which would scroll the page around as well; and not before the frame is first drawn, for
  // until then nothing in it has a place.
  const first = document.querySelector(".note") ? null : document.querySelector(".read");
  if (first) requestAnimationFrame(() => window.scrollTo(0, first.getBoundingClientRect().top - 12));

  body.addEventListener("mouseover", (event) => outlined(numbered(event.target)));
  body.addEventListener("mouseleave", () => outlined(null));
  body.addEventListener("click", (event) => choose(numbered(event.target)));
  body.addEventListener("keydown", (event) => {
    const texts = [...document.querySelectorAll(".read, .unread, .left-out")];
    const at = texts.indexOf(document.querySelector(".pointed-at"));
    const next = { ArrowDown: at + 1, ArrowUp: Math.max(at, 1) - 1 }[event.key];
    if (next !== undefined && texts[next]) {
      outlined(texts[next]);
      texts[next].scrollIntoView({ block: "nearest" });
      event.preventDefault();
    } else if (event.key === "Enter" && at >= 0) {
      choose(texts[at]);
      event.preventDefault();
    }
  });
})();
