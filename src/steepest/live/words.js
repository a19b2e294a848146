// Every word that a widget shows. To translate the widgets, translate this table.
export const words = {
  number: "number",
  between: (name, low, high) => `${name} must lie between ${low} and ${high}.`,
  // Explorer
  explorer: (surface) => `Trajectories on the surface ${surface}`,
  contours: (surface) => `Contours of ${surface} and the path of each optimizer`,
  lossChart: "Loss against step",
  startPoint: "Start point: drag it, or move it with the arrow keys",
  at: (x, y) => `x ${x}, y ${y}`,
  step: "step",
  loss: "loss",
  lossAbove: "loss above the minimum",
  show: (name) => `Show ${name}`,
  ends: (name, loss, steps) =>
    `${name}: loss ${loss} after ${steps} ${steps === 1 ? "step" : "steps"}`,
  diverged: (name, step) => `${name} diverged at step ${step}`,
  divergedShort: (step) => `diverged at step ${step}`,
  nothingShown: "No optimizer is switched on.",
  average: "average the points so far",
  averaged: (loss) => `, that of the averaged points ${loss}`,
  play: "Play",
  pause: "Pause",
  one: "Step",
  rewind: "Rewind",
  reset: "Reset",
  shownStep: "Step shown",
  fold: "More: settings, what is remembered, one step in numbers, Python and link",
  formula: (name) => `The rule of ${name}`,
  inFormula: (name, label) => `${name}: ${label} in the formula`,
  zone: "goal",
  zoneMet: "✓ goal met",
  goal: (loss, within) => `Goal: bring the loss to ${loss} or less within ${within} steps.`,
  goalMet: (name, step) => `Met: ${name} is there at step ${step}.`,
  goalOpen: "Not met yet.",
  memory: "What the optimizers remember",
  quantity: "quantity",
  coordinate: "coordinate",
  quantities: {
    v: "v: velocity",
    h: "h: accumulated squared gradients",
    h_max: "h_max: the largest corrected h so far",
    m: "m: average gradient",
    rate: "effective learning rate: −Δw / g",
    g: "g: gradient",
  },
  nothingRemembered: "None of the optimizers shown remembers this.",
  inspector: "One step, number by number",
  inspectStep: (t, coordinate) => `Step ${t}, coordinate ${coordinate}`,
  noStep: "There is no step to look at: the run has no steps, or diverged before this one.",
  map: "Map of two settings",
  mapLabel: (name, steps) => `${name}: share of the loss left after ${steps} steps`,
  mapHandle: "Cross-hair: drag it, or move it with the arrow keys",
  mapDiverged: "diverged",
  mapWorse: "above the start",
  mapBeyond: (edge) => `${edge} or more`,
  mapBest: (values) => `★ best: ${values.join(", ")}`,
  share: "Python and link",
  python: "The same in Python",
  copyPython: "Copy as Python",
  noisyPython:
    "# With the gradient of all the data: NumPy would draw other minibatches than the page did.\n",
  link: "Link to this state",
  copyLink: "Copy link",
  copied: "Copied.",
  notCopied: "Copying is not allowed here: select the text and copy it.",
  badLink: "The link holds values that are no numbers or out of range; they were left out.",
  // LivePlot and LiveMap
  chart: (title) => `Chart: ${title}`,
  value: (name, value) => `${name} ${value}`,
  undefinedHere: "not a number",
  curve: (name, first, from, last, to) => `${name}: ${first} at ${from}, ${last} at ${to}.`,
  taskMet: "Met.",
  // EdgeOfStability
  edge: (rule) => `${rule} at the edge of stability`,
  sharpness: "sharpness",
  edgeNow: "the edge",
  fit: "what the network draws",
  input: "input",
  atEdge: (step, sharpness, edge, loss) =>
    `Step ${step}: sharpness ${sharpness}, the edge at ${edge}, loss ${loss}.`,
  edgeDiverged: (step) => `Diverged at step ${step}. Begin anew.`,
  // Predict and Record
  prediction: "A question to predict",
  predict: "Predict.",
  commit: "This is my prediction",
  skip: "Show it without predicting",
  predictAgain: "Take it back",
  commitFirst: "Commit first: then you see what was measured.",
  veiled: "Commit first: then you see what was measured, and the figure below.",
  incomplete: {
    choice: "Pick an answer first.",
    number: "Set a number first.",
    curve:
      "Draw the curve from the left end to the right one first, or set its knobs by the arrow keys.",
  },
  answers: "Answers",
  yourNumber: "your prediction",
  numberLine: "Your prediction and what was measured, on one line",
  drawHere: "Empty axes: draw your curve, or move its knobs with the arrow keys up and down",
  drawHint: "Draw your curve here",
  heightAt: (what, where, x) => `Your ${what} at ${where} ${x}`,
  notDrawn: "not drawn yet",
  yoursTag: "yours",
  measuredTag: "measured",
  rightMark: "✓ right",
  right: "Right.",
  wrong: (answer) => `Not so. Measured: ${answer}.`,
  skipped: "Shown without a prediction.",
  met: "exactly right",
  factorOff: (factor) => `a factor of ${factor}`,
  numberOff: (number, unit) => `${number} ${unit}`.trim(),
  offBy: (how, above) => `${how} too ${above ? "high" : "low"}`,
  compared: (guess, answer, unit, far) =>
    `You said ${guess}; measured: ${answer}${unit && " "}${unit}. That is ${far}.`,
  curveOff: (mean, worst, where) =>
    `On average you are off by ${mean}, at most by ${worst}, at ${where}.`,
  record: "What you predicted in this chapter",
  summedUp: (made, all, near) =>
    made
      ? `You committed to ${made} of ${all} predictions. ${near} of them ${
        near === 1 ? "was" : "were"
      } right, or within 5 % of the axis.`
      : `There are ${all} predictions to commit to, and you have made none yet.`,
  skippedShort: "Shown without a prediction.",
  open: "Not predicted yet.",
  // TuningLab
  lab: (surface) => `Tuning on the surface ${surface}`,
  task: (tries, steps) =>
    `Bring the loss after ${steps} steps as low as you can, in ${tries} tries.`,
  tryChart:
    "The loss of each try, the best so far, and what half of all random searches reach with as many tries, dashed",
  try: "try",
  randomSearch: "half of all random searches",
  spend: (left) => (left ? `Try (${left} left)` : "No try left"),
  beginAnew: "Begin anew",
  reference: "The dashed line is what half of all random searches reach with as many tries.",
  firstTry: (settings) => `The first try would be ${settings}.`,
  tried: (k, settings, loss) => `Try ${k}: ${settings}: loss ${loss}.`,
  triedDiverged: (k, settings) => `Try ${k}: ${settings}: diverged.`,
  score: (loss, at, k, percent) =>
    `Your best loss after ${k} ${
      k === 1 ? "try" : "tries"
    }: ${loss}, at try ${at}. Of random searches with as many, ${percent} % end higher.`,
  allDiverged: "Every try so far diverged.",
  triedBefore: (k) =>
    `Try ${k} had the same settings: it would give the same loss, so it is not counted.`,
  triesMade: "The tries so far",
  tryColumns: ["try", "settings", "loss", "again"],
  useAgain: "Set these",
  // Translator
  translator: "From one framework to another",
  theCall: "The call to translate",
  pick: "Or pick one",
  choose: "a call …",
  codeFor: (framework) => `The call in ${framework}`,
  copyFor: (framework) => `Copy for ${framework}`,
  ruleOf: (call) => `The rule that ${call} runs`,
  settingOf: (framework) => `setting in ${framework}`,
  valueHere: "value",
  verdict: (exact, there) =>
    ({ always: "exact.", "while lr is constant": "exact while the learning rate is constant." })[
      exact
    ] ?? (there ? "no equivalent. This is the nearest." : "no equivalent."),
  apart: (one, small, tiny) =>
    `Within 100 noisy steps they come apart by ${one} of the longer way if gradients are about 1, by ${small} at 1e-3, by ${tiny} at 1e-6.`,
  little: "under 0.01 %",
  notFinite:
    "With these settings a run on noisy gradients is not finite, so how far they come apart is not known.",
  matrixApart:
    "How far steps of whole matrices come apart is not measured on this page: translate in Python says.",
  unread: (text) => `This is not read as a call with literal settings: ${text}`,
  notLiteral: (token) =>
    `The page does not know what ${
      token || "the end of the call"
    } is: write the number. What else can be read in Python stands below.`,
  noNumber: (text) => `Only numbers can be calculated with: ${text}`,
  groups: "Parameter groups are translated in Python: translate takes them as they are.",
  unknownCall: (name) =>
    `${name} is not among the calls that this page knows: pick one, or use translate in Python.`,
  unknownArgument: (call, name, known) => `${call} has no argument ${name}; it has ${known}.`,
  noParams: (call) => `${call} needs its parameters first, such as model.parameters().`,
  missing: (call, name) => `${call} has no default ${name}: give one.`,
  wrongKind: (name, kind) => `${name} must be ${kind === "number" ? "a number" : "True or False"}.`,
  negative: (name) => `${name} must not be negative.`,
  tooLarge: (name) => `${name} must be below 1.`,
  inPython: (name) => `${name} is carried over by translate in Python, not on this page.`,
  sameRule: (names) => `Left out, because the rule is the same with it or without: ${names}.`,
  refused: (framework) => `${framework} refuses these settings together.`,
};
