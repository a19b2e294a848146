// Curves of the optimizers against the step, with their names at the ends; a cross where a curve ends early.
import { path, put, svg, write } from "./base.js";
import { chart, line, moved, placing, remembering, roomy, tags, tagWidth } from "./axes.js";
import { words } from "./words.js";

const QUARTER = 4; // of a power of ten

/**
 * A range with some room; of powers of ten in whole quarters, so that the axis stands still while a hand moves.
 * @returns {[number, number]}
 */
function calm(low, high, log) {
  const [from, to] = roomy(low, high, log ? 1 : 0);
  if (!log || to - from < 1) return [from, to];
  return [Math.floor(from * QUARTER) / QUARTER, Math.ceil(to * QUARTER) / QUARTER];
}

export function curves(label, looks) {
  const space = chart(label), now = path("target"), names = tags(space);
  const hue = (look) => `--hue:${look.color}`;
  const lines = looks.map((look) =>
    path("path", { "stroke-dasharray": look.dash, style: hue(look) })
  );
  const renew = looks.map(remembering);
  const crosses = looks.map((look) => path("cross", { style: hue(look) }));
  const zone = path("zone"), aim = svg("text", { class: "tag aim" });
  space.inside.append(zone, now, ...lines, ...crosses, aim);
  space.node.append(names.node);
  put(names.node, { transform: `translate(${space.left} ${space.top})` });

  // The part of the chart that a goal asks for: at its loss or less, in its steps.
  function drawZone(goal, place) {
    const right = space.px(goal.within), top = space.py(place(goal.loss));
    const sound = Number.isFinite(top);
    put(zone, {
      class: goal.met ? "zone met" : "zone",
      d: sound ? `M0 ${top}H${right}V${space.height}H0z` : `M${right} 0V${space.height}`,
    });
    put(aim, moved(6, sound ? Math.min(top + 15, space.height - 5) : 14));
    write(aim, goal.met ? words.zoneMet : words.zone);
  }

  return {
    space,
    /**
     * values: for each optimizer null or a function of the step. options: {steps, t, title, log, goal}, goal being
     * {loss, within, met} or null.
     */
    draw(width, height, values, { steps, t, title, log, goal = null }) {
      const place = (v) => (log ? (v > 0 ? Math.max(Math.log10(v), -16) : v === 0 ? -16 : NaN) : v);
      const tables = values.map((value) =>
        value ? Float64Array.from({ length: steps + 1 }, (_, i) => place(value(i))) : []
      );
      let low = log && goal?.loss > 0 ? place(goal.loss) - 0.6 : Infinity, high = -Infinity;
      for (const table of tables) {
        for (const v of table) {
          if (v < low) low = v;
          if (v > high && v < Infinity) high = v;
        }
      }
      const longest = Math.max(...looks.map(({ name }, k) => values[k] ? tagWidth(name) : 0));
      const several = values.filter(Boolean).length > 1,
        room = Math.min(longest + 20, width * 0.45);
      space.resize(width, height, several ? room : undefined);
      space.x = { range: [0, Math.max(steps, 1)], title: words.step };
      space.y = { range: calm(low, high, log), scale: log ? "log" : "linear", title };
      space.axes();
      put(now, { d: t < steps ? `M${space.px(t)} 0V${space.height}` : "" });
      const ends = [];
      tables.forEach((table, k) => {
        const x = (i) => space.px(i), y = (i) => space.py(table[i]);
        const d = renew[k]([...placing(space), ...table], () => line(table.length, x, y));
        const last = Array.from(table).findLastIndex(Number.isFinite);
        const early = last >= 0 && last < steps - 1;
        put(lines[k], { d });
        put(crosses[k], { d: early ? `M${x(last) - 4} ${y(last) - 4}l8 8m0-8l-8 8` : "" });
        if (last < 0) return;
        const { name, color } = looks[k];
        const right = x(last) + 15 + tagWidth(name) > space.width + room; // a long name ends where the picture does
        ends.push({
          x: right ? space.width + room - 2 : x(last) + 7,
          y: y(last) + 4,
          text: name,
          hue: color,
          anchor: right ? "end" : "start",
        });
      });
      names.draw(several ? ends : []);
      if (goal) drawZone(goal, place);
    },
  };
}
