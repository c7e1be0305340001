/* Opens the story of a cell beside the matrix, filters, and lets the arrow keys walk. Without it
 * the page is the same, with every story below its matrix. */
(function () {
  "use strict";
  var panel = document.getElementById("panel");
  var body = panel.querySelector(".body");
  var title = panel.querySelector("h2");
  var cells = Array.prototype.slice.call(document.querySelectorAll("a.cell"));
  var search = document.getElementById("search");
  var count = document.getElementById("count");
  var kinds = Array.prototype.slice.call(document.querySelectorAll("button[data-kind]"));
  var opener = null;

  document.documentElement.classList.add("js");

  function storyOf(hash) {
    var id = "";
    try { id = decodeURIComponent(hash.slice(1)); } catch (e) { return null; }
    var story = id ? document.getElementById(id) : null;
    return story && story.classList.contains("story") ? story : null;
  }

  function mark(hash) {
    cells.forEach(function (cell) {
      if (cell.getAttribute("href") === hash) { cell.setAttribute("aria-current", "true"); }
      else { cell.removeAttribute("aria-current"); }
    });
  }

  function show() {
    var story = storyOf(location.hash);
    mark(story ? location.hash : "");
    panel.hidden = !story;
    document.documentElement.classList.toggle("telling", !!story);
    document.documentElement.classList.remove("telling-both");
    if (!story) { return; }
    title.textContent = story.dataset.title;
    body.replaceChildren.apply(body, Array.prototype.map.call(
      story.querySelector(".told").childNodes, function (node) { return node.cloneNode(true); }));
    var both = body.querySelector(".sides") !== null;
    panel.classList.toggle("both", both);
    document.documentElement.classList.toggle("telling-both", both);
    panel.scrollTop = 0;
    document.querySelector("a.cell[aria-current]").scrollIntoView({block: "nearest", inline: "nearest"});
  }

  /* Shows a story without leaving the matrix. */
  function go(hash) {
    history.pushState(null, "", hash);
    show();
  }

  function close() {
    history.replaceState(null, "", location.pathname + location.search);
    show();
    if (opener) { opener.focus(); }
  }

  function near(cell, columns, rows) {
    var row = cell.closest("tr");
    var at = Array.prototype.indexOf.call(row.children, cell.parentNode);
    if (rows !== 0) { row = rows > 0 ? row.nextElementSibling : row.previousElementSibling; }
    var next = row ? row.children[at + columns] : null;
    return next ? next.querySelector("a.cell") : null;
  }

  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = kinds.filter(function (kind) { return kind.getAttribute("aria-pressed") === "true"; })
      .map(function (kind) { return kind.dataset.kind; });
    var shown = 0;
    cells.forEach(function (cell) {
      var story = storyOf(cell.getAttribute("href"));
      var text = story ? story.dataset.find.toLowerCase() : "";
      var fits = words.every(function (word) { return text.indexOf(word) >= 0; }) &&
        (wanted.length === 0 || wanted.some(function (kind) { return cell.classList.contains(kind); }));
      cell.classList.toggle("dim", !fits);
      if (story) { story.hidden = !fits; }
      shown += fits ? 1 : 0;
    });
    count.textContent = words.length + wanted.length === 0 ? "" : shown + " of " + cells.length + " cells";
  }

  document.addEventListener("click", function (event) {
    var cell = event.target.closest("a.cell");
    if (cell && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      opener = cell;
      if (cell.getAttribute("href") === location.hash) { close(); } else { go(cell.getAttribute("href")); }
    }
    if (event.target.closest(".close")) { close(); }
    var copy = event.target.closest("button.copy");
    if (copy) {
      navigator.clipboard.writeText(copy.parentNode.querySelector("pre").textContent).then(
        function () { copy.textContent = "copied"; }, function () { copy.textContent = "not allowed here"; });
    }
  });

  document.addEventListener("keydown", function (event) {
    var steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    var cell = document.activeElement ? document.activeElement.closest("a.cell") : null;
    if (event.key === "Escape" && !panel.hidden) { close(); return; }
    if (!cell || !steps[event.key]) { return; }
    var next = near(cell, steps[event.key][0], steps[event.key][1]);
    if (next) {
      event.preventDefault();
      next.focus();
      if (!panel.hidden) { opener = next; go(next.getAttribute("href")); }
    }
  });

  kinds.forEach(function (kind) {
    kind.addEventListener("click", function () {
      kind.setAttribute("aria-pressed", kind.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  });
  search.addEventListener("input", filter);
  window.addEventListener("hashchange", show);
  window.addEventListener("popstate", show);
  window.addEventListener("load", function () {
    opener = document.querySelector("a.cell[aria-current]");
    show(); /* again: by now the browser has gone to the story itself */
  });
  show();
}());
