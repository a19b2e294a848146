// The words that a Spectrum alone shows.
export const spectrumWords = {
  eigenvalue: (k) => `Eigenvalue ${k}: drag it along the line, or move it with the arrow keys`,
  edgeOf: (value) => `edge ${value}`,
  slowest: (factor, steps) => `slowest: ${factor} a step, ${steps}`,
  slowestShort: (factor) => `slowest: ${factor}`,
  stays: "stays as it is",
  grows: (factor) => `grows: ${factor} a step`,
  stepsTo: (steps, fraction) => `${steps} ${steps === "1" ? "step" : "steps"} to ${fraction}`,
  never: "never there",
  spectrum: (kappa, slowest) => `κ ${kappa}; ${slowest}.`,
  kappa: (value) => `κ ${value}`,
  divided: (value) => `divided: κ ${value}`,
  partOf: (left, before) => `${left} of ${before}`,
  scaledTo: (modes) => `The rule meets the eigenvalues ${modes}.`,
  setBest: "Set the best",
  bestIs: (settings, rest) => `Best here: ${settings.join(", ")}: ${rest}.`,
  noBest: "The best settings lie outside what the sliders hold.",
};
