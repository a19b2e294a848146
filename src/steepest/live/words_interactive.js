// The words of what shows a function and moves its arguments.
export const interactiveWords = {
  chart: (title) => `Chart: ${title}`,
  flat: (name, value) => `${name}: ${value} throughout.`,
  high: (name, value) => `${name}: ${value} high.`,
  curve: (name, first, from, last, to) => `${name}: ${first} at ${from}, ${last} at ${to}.`,
  beyond: (edge) => `${edge} or more`,
};
