// The words that a Stream alone shows.
export const streamWords = {
  stream: (rules) => {
    const meet = rules.length > 1 ? "meet" : "meets";
    return `Break it: ${rules.join(" and ")} ${meet} these gradients, round after round`;
  },
  bars: "The gradients of a round: draw the bars, or move them with the arrow keys",
  bar: (k) => `Gradient ${k} of the round`,
  place: "place in the round",
  gradient: "gradient: drag the bars",
  meanOf: (mean) => `mean ${mean}`,
  positionChart: "The position of each rule against the step",
  position: (mean) => mean === 0 ? "position" : `position; downhill is ${mean > 0 ? "down" : "up"}`,
  lengthChart: "The longest step of each round",
  stepLength: "longest step of the round",
  drifts: (mean, name, drift, longest) =>
    `The mean gradient is ${mean}. ${name} moves by ${drift} in a step on average, and its longest step is ${longest}.`,
};
