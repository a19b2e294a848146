// The words that Predict and Record alone shows.
export const predictWords = {
  prediction: "A question to predict",
  predict: "Predict.",
  commit: "This is my prediction",
  skip: "Show it without predicting",
  predictAgain: "Take it back",
  commitFirst: "Commit first: then you see what was measured.",
  veiled: "Commit first: then you see what was measured, and what is covered below.",
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
  drawHintFinger: "Draw your curve here; begin sideways",
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
};
