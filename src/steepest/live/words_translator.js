// The words that the Translator alone shows.
export const translatorWords = {
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
  apart: (steps, usual, small, tiny) =>
    `Within ${steps} noisy steps they come apart by ${usual} of the longer way if gradients are about 1, by ${small} at 1e-3, by ${tiny} at 1e-6.`,
  little: "under 0.01 %",
  runNotFinite:
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
  unknownArgument: (call, name, all) => `${call} has no argument ${name}; it has ${all}.`,
  noParams: (call) => `${call} needs its parameters first, such as model.parameters().`,
  missing: (call, name) => `${call} has no default ${name}: give one.`,
  wrongKind: (name, kind) => `${name} must be ${kind === "number" ? "a number" : "True or False"}.`,
  noPair: (name) => `${name} must be a pair of numbers.`,
  notFinite: (name) => `${name} has no value: it is too large, or no number.`,
  twice: (call, name) => `${call} has ${name} twice.`,
  tooLong: "This is too long to be read as a call.",
  negative: (name) => `${name} must not be negative.`,
  tooLarge: (name) => `${name} must be below 1.`,
  inPython: (name) => `${name} is carried over by translate in Python, not on this page.`,
  sameRule: (names) => `Left out, because the rule is the same with it or without: ${names}.`,
  refused: (framework) => `${framework} refuses these settings together.`,
};
