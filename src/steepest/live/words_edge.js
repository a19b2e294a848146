// The words that an EdgeOfStability alone shows.
export const edgeWords = {
  edge: (rule) => `${rule} at the edge of stability`,
  sharpness: "sharpness",
  theEdge: "the edge",
  edgeNow: (formula, value) => `${formula} = ${value}`,
  fit: "what the network draws",
  input: "input",
  atEdge: (step, sharpness, edge, loss) =>
    `Step ${step}: sharpness ${sharpness}, the edge at ${edge}, loss ${loss}.`,
  late: (many, mean) => `Mean sharpness of the last ${many} steps: ${mean}.`,
  goOn: "Press Play to go on.",
  edgeDiverged: (step) => `Diverged at step ${step}. Begin anew.`,
};
