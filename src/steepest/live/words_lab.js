// The words that the TuningLab alone shows.
export const labWords = {
  lab: (surface) => `Tuning on the surface ${surface}`,
  task: (tries, steps) =>
    `Bring the loss after ${steps} steps as low as you can, in ${tries} tries.`,
  tryChart:
    "The loss of each try, the best so far, and what half of all random searches reach with as many tries, dashed",
  try: "try",
  randomSearch: "half of all random searches",
  spend: (left) => (left ? `Try (${left} left)` : "No try left"),
  reference: "The dashed line is what half of all random searches reach with as many tries.",
  firstTry: (settings) => `The first try would be ${settings}.`,
  tried: (k, settings, loss) => `Try ${k}: ${settings}: loss ${loss}.`,
  triedDiverged: (k, settings) => `Try ${k}: ${settings}: diverged.`,
  score: (loss, best, k, percent) =>
    `Your best loss after ${k} ${
      k === 1 ? "try" : "tries"
    }: ${loss}, at try ${best}. Of random searches with as many, ${percent} % end higher.`,
  allDiverged: "Every try so far diverged.",
  triedBefore: (k) =>
    `Try ${k} had the same settings: it would give the same loss, so it is not counted.`,
  triesMade: "The tries so far",
  tryColumns: ["try", "settings", "loss", "again"],
  useAgain: "Set these",
};
