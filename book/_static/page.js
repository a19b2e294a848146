// What CSS cannot do for a page. A plain script, so that it also runs on a page opened from a folder.
{
  // Paper is light: a page that is dark on the screen is printed in the light theme.
  const { dataset } = document.documentElement;
  /** @type {{theme: string, unfolded: HTMLDetailsElement[]} | null} */
  let before = null; // printing: a browser may say more than once that it prints, and that it has printed
  addEventListener("beforeprint", () => {
    if (before) return;
    // What goes into depth, and the proofs, unfold on paper; answers stay folded.
    const unfolded = [...document.querySelectorAll("details")]
      .filter((fold) => !fold.open && fold.matches(".in-depth, .proof"));
    before = { theme: dataset.theme, unfolded };
    dataset.theme = "light";
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    dataset.theme = before.theme;
    for (const fold of before.unfolded) fold.open = false;
    before = null;
  });

  // A link to a section that is folded opens it, and one to a widget what it is folded in. A browser has laid out little of
  // the page when it goes to the place: it goes there again while the page grows, until the reader takes over.
  const place = () => {
    let name;
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch {
      return null; // a link cut within a character names no section
    }
    const [widget] = name.replace(/^steepest-/, "").split("?");
    return document.getElementById(name) ??
      document.querySelector(`[state][name="${CSS.escape(widget)}"]`);
  };
  const TAKES_OVER = ["keydown", "pointerdown", "wheel", "touchstart"];
  const arrive = () => {
    const there = place();
    if (!there) return;
    there.querySelector(":scope > details.in-depth")?.setAttribute("open", "");
    for (
      let fold = there.closest("details");
      fold;
      fold = fold.parentElement.closest("details")
    ) fold.open = true;
    const again = new ResizeObserver(() => there.scrollIntoView());
    const end = () => {
      again.disconnect();
      for (const event of TAKES_OVER) removeEventListener(event, end);
    };
    again.observe(document.body);
    for (const event of TAKES_OVER) addEventListener(event, end);
    setTimeout(end, 3000);
  };
  addEventListener("hashchange", arrive);
  arrive();

  // What is too wide for the page is scrolled by keyboard too: formulas, code, tables. The rest is no stop of the Tab key.
  const watch = new ResizeObserver((changes) => {
    const wide = changes.map(({ target }) =>
      target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight
    );
    changes.forEach(({ target }, i) => {
      if (wide[i]) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    });
  });
  for (
    const box of document.querySelectorAll(
      ".formula, pre, .drawing, .cell_output > .output, .pst-scrollable-table-container",
    )
  ) {
    watch.observe(box);
  }

  // What a prediction is about is veiled while its widget says so. The page comes with what tells (veils.py), and veiled;
  // where a widget cannot be, no veil may stay.
  const veil = () => {
    for (const covered of document.querySelectorAll(".tells")) covered.classList.remove("veiled");
    for (const widget of document.querySelectorAll("[data-veil]:defined")) {
      let covered = widget.closest(".cell").nextElementSibling;
      for (; covered?.matches(".tells"); covered = covered.nextElementSibling) {
        covered.classList.add("veiled");
      }
    }
  };
  for (const widget of document.querySelectorAll("[data-veil]")) { // whoever has answered before finds no veil, far below either
    const kept = localStorage.getItem(`#steepest-${widget.getAttribute("name")}`);
    if (kept && kept !== "null") widget.removeAttribute("data-veil");
  }
  new MutationObserver(veil).observe(document.body, {
    attributeFilter: ["data-veil"],
    subtree: true,
  });
  veil();

  // The menus of the header. Without a pointer: Escape closes one, and so does leaving it.
  for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"]')) {
    const whole = button.parentElement, menu = button.nextElementSibling;
    const show = (open) => {
      menu.classList.toggle("show", open);
      button.setAttribute("aria-expanded", open);
    };
    document.addEventListener(
      "click",
      ({ target }) =>
        show(button.contains(/** @type {Node} */ (target)) && !menu.classList.contains("show")),
    );
    whole.addEventListener(
      "focusout",
      ({ relatedTarget }) =>
        relatedTarget && !whole.contains(/** @type {Node} */ (relatedTarget)) && show(false),
    );
    whole.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !menu.classList.contains("show")) return;
      show(false);
      button.focus();
    });
  }

  // What is copied has formulas as they were written, in TeX.
  addEventListener("copy", (event) => {
    const selection = getSelection();
    if (
      !selection.rangeCount || /** @type {Element} */ (event.target).closest?.("input, textarea")
    ) return;
    const range = selection.getRangeAt(0).cloneRange();
    for (const end of /** @type {const} */ (["start", "end"])) { // a formula is copied whole
      const place = range[`${end}Container`];
      const formula = (place instanceof Element ? place : place.parentElement).closest(
        "math[data-tex]",
      );
      if (formula && end === "start") range.setStartBefore(formula);
      else if (formula) range.setEndAfter(formula);
    }
    const copied = range.cloneContents();
    const formulas = copied.querySelectorAll("math[data-tex]");
    if (!formulas.length) return;
    for (const formula of formulas) {
      const mark = formula.getAttribute("display") ? "$$" : "$";
      formula.replaceWith(`${mark}${formula.dataset.tex}${mark}`);
    }
    const page = document.createElement("div");
    page.append(copied);
    document.body.append(page); // its lines are those of the page only when it is laid out
    event.clipboardData.setData("text/plain", page.innerText);
    page.remove();
    event.preventDefault();
  });

  // A number in the text that moves the next figure: a field to type in, to drag across, and to move by the arrow keys.
  // Escape gives back the number that the text speaks of.
  const AFTER = Node.DOCUMENT_POSITION_FOLLOWING;
  const makeMovable = (number) => {
    const figures = Array.from(document.querySelectorAll("[state]"));
    const figure = figures.find((one) => number.compareDocumentPosition(one) & AFTER);
    const name = number.dataset.control, said = number.textContent;
    const control = () => {
      figure?.start?.();
      return figure?.widget?.control?.(name);
    };
    const field = document.createElement("input");
    Object.assign(field, {
      type: "number",
      autocomplete: "off", // else a browser that goes back fills in what the figure does not show
      step: "any",
      value: said,
      className: "movable",
      inputMode: "decimal",
    });
    field.dataset.control = name;
    field.setAttribute("aria-label", `${name} of the next figure; the text says ${said}`);
    let now = Number(said), from = 0, pressed = null;
    const show = () => {
      field.value = String(now);
      field.style.width = `${Math.max(field.value.length, 2) + 2.5}ch`;
      field.classList.toggle("moved", now !== Number(said));
    };
    const follow = () => { // once one of the two has been moved, the number shows what the figure has
      const there = figure.widget?.control?.(name);
      if (!there || (now === Number(said) && there.get() === there.first)) return;
      now = there.get();
      show();
    };
    const set = (value) => {
      if (control()?.fits(value)) control().set(now = value);
      show();
    };
    const move = (start, stops) => control() && set(control().moved(start, stops));
    field.addEventListener("beforeinput", (event) => control()?.typed(event));
    field.addEventListener("change", () => set(control()?.meant(field) ?? NaN));
    field.addEventListener("keydown", (event) => {
      const stops = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (stops) move(now, stops * (event.shiftKey ? 0.1 : 1));
      if (event.key === "Escape") set(Number(said));
      if (stops || event.key === "Escape") event.preventDefault();
    });
    field.addEventListener("pointerdown", (event) => {
      [pressed, from] = [event.clientX, now];
    });
    field.addEventListener("pointermove", (event) => {
      if (pressed === null || !(event.buttons & 1) || Math.abs(event.clientX - pressed) < 4) return;
      field.setPointerCapture(event.pointerId);
      move(from, (event.clientX - pressed) / 2);
    });
    field.addEventListener("pointerup", () => (pressed = null));
    field.addEventListener("pointercancel", () => { // the finger turned out to scroll the page
      if (pressed !== null && now !== from) set(from);
      pressed = null;
    });
    figure?.model?.on("change", follow);
    show();
    number.replaceWith(field);
  };
  for (const number of document.querySelectorAll("span.movable")) makeMovable(number);

  // The line that embeds a widget asks the site on which it is read, whatever address its builder gave.
  for (const field of document.querySelectorAll(".exhibit textarea")) {
    const line = /** @type {HTMLTextAreaElement} */ (field);
    line.value = line.value.replace(
      /src="[^"]*embed\//,
      `src="${new URL("../embed/", location.href)}`,
    );
  }
}
