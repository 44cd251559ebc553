// The theme's templates speak to Alpine in lines of script. Our Content-Security-Policy lets no text be run
// as script, so Alpine is its CSP build (static/unfold/js/alpine), which reads simple expressions only. What
// it cannot read is said here anew, before Alpine walks the page. htmx is held to the same.
Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false, allowScriptTags: false });

document.addEventListener("alpine:init", () => {
  // What the theme calls in x-data: the CSP build knows no globals.
  for (const part of [theme, searchForm, searchDropdown]) Alpine.data(part.name, part);

  Alpine.data("adminPage", () => ({
    activeTab: "general",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    init() {
      this.activeTab = (this.$el.dataset.tabbed && getCurrentTab()) || this.$el.dataset.firstTab || "";
      this.$watch("sidebarDesktopOpen", (isOpen) => localStorage.setItem("sidebarDesktopOpen", isOpen ? "1" : "0"));
    },
    // where a form is sent, so that its tab is open again afterwards
    get formAddress() {
      const tab = this.activeTab && this.activeTab !== "general" ? `#${this.activeTab}` : "";
      return location.pathname + location.search + tab;
    },
    get barStyle() {
      return { width: `${this.changeListWidth}px` };
    },
  }));
  const firstTab = /activeTab: '([^']*)'/.exec(document.body.getAttribute("x-data") || "");
  if (firstTab) document.body.dataset.tabbed = "yes";
  document.body.dataset.firstTab = firstTab ? firstTab[1] : "";
  document.body.setAttribute("x-data", "adminPage");
  document.body.removeAttribute("x-init");

  const say = (attribute, found, words) =>
    document.querySelectorAll(`[${CSS.escape(attribute)}*="${found}"]`).forEach((el) => el.setAttribute(attribute, words));
  say("x-bind:action", "window.location", "formAddress");
  say("x-bind:style", "changeListWidth", "barStyle");
  say("x-on:click", "localStorage", "sidebarDesktopOpen = !sidebarDesktopOpen");
  document.querySelector("[x-data^=searchCommand]")?.remove(); // a search of commands, which is switched off
});

// What the theme leaves out for those who listen to a page or go through it by keys.
document.addEventListener("DOMContentLoaded", () => {
  const is = (selector, attributes) =>
    document.querySelectorAll(selector).forEach((el) => {
      for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
    });
  is("#content", { role: "main" });
  is("#main > :first-child", { role: "banner" });
  is("#main > .px-4:has(.errornote, .messagelist)", { role: "status" });
  is("#nav-sidebar [data-simplebar]", { "data-simplebar-aria-label": "Navigation" });
  is("#changelist [data-simplebar]", { "data-simplebar-aria-label": "List" });
  for (const part of document.querySelectorAll("#main > *"))
    if (!part.querySelector("#content") && !part.role && part.textContent.trim())
      for (const [name, value] of [["role", "region"], ["aria-label", "At the end of the page"]]) part.setAttribute(name, value);
  for (const head of document.querySelectorAll("th"))
    if (!head.textContent.trim()) {
      const words = document.createElement("span");
      words.className = "only-heard";
      words.textContent = "Tools";
      head.append(words);
    }
  for (const field of document.querySelectorAll("td :is(input:not([type=hidden]), select, textarea)")) {
    const cell = field.closest("td");
    if (!field.labels?.length && !field.ariaLabel)
      field.ariaLabel = cell.closest("table").querySelectorAll("thead th")[cell.cellIndex]?.textContent.trim() || field.name;
  }
  document.querySelectorAll("[x-on\\:click^='sidebar']").forEach((toggle) => {
    for (const [name, value] of [["role", "button"], ["tabindex", "0"], ["aria-label", "Show or hide the navigation"]])
      toggle.setAttribute(name, value);
    toggle.addEventListener("keydown", (event) => event.key === "Enter" && toggle.click());
  });
});
