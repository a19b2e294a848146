// What the front end's modules give one another. Nothing of this file reaches a page.

/** The styles, put in front of the modules by `script` in widget.py. */
declare const css: string;

interface DocumentEventMap {
  /** What widgets of a page tell one another; `from` is the frame or the page that it came from, if not this one. */
  steepest: CustomEvent<{ name: string; values: Record<string, any>; from?: unknown }>;
}

/** The part of a Jupyter widget's model that the widgets use. */
interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(name: string, call: () => void): void;
  off(name: string, call: () => void): void;
}

/** What a widget's function is called with; `link` and `store` on a page without a kernel alone. */
interface View {
  model: Model;
  el: HTMLElement;
  compiled: any;
  link?: (values: Record<string, string>) => string;
  store?: (name?: string) => Kept;
}

/** What a browser keeps of a widget, null if nothing; `follow` tells what another window of the site keeps from now on. */
interface Kept {
  value: any;
  save(value: unknown): void;
  follow(call: (value: any) => void): void;
}

/** What a widget's function returns. */
interface Widget {
  admit(values: Record<string, number>): void;
  control?(name: string): Control | null;
  stop(): void;
}

/**
 * A control of a widget for someone outside: its value, now and at first, those it takes, which is some stops of 100 away from
 * another, and what makes a number of what is typed into a field of its own.
 */
interface Control {
  first: number;
  get(): number;
  fits(value: number): boolean;
  set(value: number): void;
  moved(from: number, stops: number): number;
  typed(event: InputEvent): void;
  meant(field: HTMLInputElement): number;
}

/** A slider or a list as controls.py describes it. */
interface ControlSpec {
  name?: string;
  label?: string;
  low?: number;
  high?: number;
  scale?: "linear" | "log" | "decay";
  integer?: boolean;
  least?: number;
  most?: number;
  options?: string[];
}

/** How a slider's travel maps to values and back. */
interface Travel {
  scale: string;
  low: number;
  high: number;
  place(value: number): number;
  value(place: number): number;
}

/** An axis: its range in places of the travel of its scale, and from where on it has numbers. */
interface Axis {
  range: [number, number];
  least?: number;
  scale?: string;
  title?: string;
  places?: number[];
}

/** A chart's geometry: what `chart` in axes.js returns. */
interface Space {
  node: SVGSVGElement;
  inside: SVGSVGElement;
  left: number;
  top: number;
  width: number;
  height: number;
  x: Axis;
  y: Axis;
  px(x: number): number;
  py(y: number): number;
  atX(px: number): number;
  atY(py: number): number;
  resize(width: number, height: number, beside?: number): void;
  axes(): void;
}

/** A compiled rule; javascript.py says what its methods do. */
interface Rule {
  name: string;
  label: string;
  hyper: string[];
  state: string[];
  shared: number;
  sharedBy: number[];
  equations: { left: string; right: string }[];
  inspected: string[];
  shapes: Record<string, [number, number]> | null;
  symbols: Record<string, [string, string]>;
  share(h: Float64Array, t: number, p: Float64Array): void;
  init(h: Float64Array, s: Float64Array): void;
  step(
    w: Float64Array,
    g: Float64Array,
    h: Float64Array,
    t: number,
    p: Float64Array,
    s: Float64Array,
  ): void;
  inspect(
    w: Float64Array,
    g: Float64Array,
    h: Float64Array,
    t: number,
    p: Float64Array,
    s: Float64Array,
    out: Float64Array,
  ): void;
}

/** A compiled surface. */
interface Surface {
  name: string;
  parameters: string[];
  prepared: number;
  prepare(q: Float64Array, c: Float64Array): void;
  value(x: number, y: number, q: Float64Array, c: Float64Array): number;
  gradient(x: number, y: number, q: Float64Array, c: Float64Array, out: Float64Array): void;
}

/** One run, as `descend` returns it. */
interface Run {
  points: Float64Array;
  losses: Float64Array;
  gradients?: Float64Array;
  states?: Float64Array;
  diverged: number;
}
