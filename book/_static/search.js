// What Sphinx's search does not do: any word can be searched for, and what is found is found in a section.
{
  // Words such as "constructor" are no entries of the index, though every object has something of that name.
  const plain = Object.assign(Object.create(null), {
    hasOwnProperty: Object.prototype.hasOwnProperty,
  });
  for (const part of Object.values(Search._index)) {
    if (part && !Array.isArray(part) && typeof part === "object") {
      Object.setPrototypeOf(part, plain);
    }
  }

  // The section of a page in which a word stands first, and the text around it. What is folded away is not searched, for
  // a reader would not see it there.
  Search.makeSearchSummary = (page, words, anchor) => {
    const article = new DOMParser().parseFromString(page, "text/html").querySelector("[role=main]");
    for (
      const part of article.querySelectorAll(
        ".headerlink, script, style, .cell_input, .hide, .ways, h1",
      )
    ) part.remove();
    const sections =
      (anchor && article.querySelectorAll(anchor).length && [article.querySelector(anchor)]) ||
      [...article.querySelectorAll("section")];
    const own = (section) =>
      [...section.childNodes].filter((node) => node.nodeName !== "SECTION")
        .map((node) => node.textContent).join(" ").replace(/\s+/g, " ").trim();
    const place = (text) => {
      const places = [...words].map((word) => text.toLowerCase().indexOf(word.toLowerCase()))
        .filter((k) => k >= 0);
      return places.length ? Math.min(...places) : -1;
    };
    const found = sections.find((section) => place(own(section)) >= 0) ?? sections[0] ?? article;
    const title = found.querySelector(":scope > :is(h2, h3, h4)");
    title?.remove();
    const text = own(found), start = Math.max(place(text) - 120, 0);
    const summary = document.createElement("p");
    summary.className = "context";
    summary.textContent = (start ? "…" : "") + text.slice(start, start + 240).trim() +
      (start + 240 < text.length ? "…" : "");
    if (title && found.id) {
      const link = document.createElement("a"), line = document.createElement("strong");
      link.textContent = title.textContent;
      line.append(link);
      summary.prepend(line, document.createElement("br"));
      queueMicrotask(() => { // once it stands below the link to its page
        link.href = `${summary.parentElement.querySelector("a").href.split("#")[0]}#${found.id}`;
      });
    }
    return summary;
  };
}
