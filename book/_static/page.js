// What CSS cannot do for a page. A plain script, so that it also runs on a page opened from a folder.
{
  // Paper is light: a page that is dark on the screen is printed in the light theme.
  const { dataset } = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => {
    theme = dataset.theme;
    dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    dataset.theme = theme;
  });

  // A formula too wide for the page is scrolled by keyboard too. The others are no stop of the Tab key.
  const watch = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      const formula = target.querySelector("mjx-container");
      if (formula?.scrollWidth > formula?.clientWidth) formula.tabIndex = 0;
      else formula?.removeAttribute("tabindex");
    }
  });
  for (const math of document.querySelectorAll("div.math")) watch.observe(math);
}
