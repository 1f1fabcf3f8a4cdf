// The words of the browser side: English defaults, and the look-up that a translated page overrides.

/** Every string a component can show, by key. `{name}` is replaced when the string is used. */
export const LABELS = {
  // Player: buttons (a title adds the key in brackets)
  play: 'Play',
  pause: 'Pause',
  continue: 'Continue',
  step: 'Step',
  stepHint: 'One step',
  part: 'Part',
  partHint: 'Slow motion: one part of a step',
  reset: 'Reset',
  resetHint: 'Start again with the same seed',
  newSeed: 'New seed',
  newSeedHint: 'Start again with a new random seed',
  keySpace: 'Space',
  player: 'Player',

  // Player: fields
  speed: 'Speed',
  speedMax: 'as fast as possible',
  speedSlow: 'slow, {n} step/s',
  speedOf: '{n} steps/s',
  seed: 'Seed',
  seedRefused: '“{value}” is no seed: a whole number from 0 is needed.',
  stopAfter: 'Stop after',
  stopSteps: 'steps',
  stopSeconds: 'seconds',
  stopNever: 'no limit',
  stopRefused: '“{value}” is not possible: a number above 0, or empty for no limit.',

  // Player: what is going on
  stateOpening: 'Preparing …',
  statePaused: 'Paused',
  statePlaying: 'Running',
  stateFinished: 'Finished',
  stateDiverged: 'Diverged',
  stateRecovering: 'Recovering …',
  stateLost: 'Stopped',
  stateReconnecting: 'Reconnecting …',
  stateFollowing: 'Following',
  stateWaiting: 'Waiting for a place',
  statePast: 'Looking back',
  stepOf: 'step {step} of {total}',
  stepNow: 'step {step}',
  stepsPerSecond: '{rate} steps/s',
  remaining: '{time} left',
  seconds: '{n} s',
  progress: 'Progress',
  parts: 'Parts of one step',

  // Player: history
  history: 'History',
  historyAt: 'step {step}',
  live: 'Live',
  liveHint: 'Back to the newest step',
  mark: 'a setting was changed at step {step}',

  // Player: twins
  compare: 'Compare',
  compareHint: 'A twin of this run beside it: same seed, same batches, other values',
  branch: 'Branch from here',
  branchHint: 'Continue from this step with other values, as a twin of this run',
  armA: 'A',
  armB: 'B',
  armBoth: 'both',
  handHint: 'Whose parameters the controls show and change',
  armAt: '{arm} at step {step}',
  armIs: '{arm}: {list}',
  twinOpening: 'The twin is being brought to the same step …',
  twinSame: 'Nothing differs: identical, bit for bit, up to step {step}.',
  twinSettings: 'Same values now; the frames differ from step {step} on.',
  twinDifferent: 'Different: {list}.',
  twinParted: 'The frames differ from step {step} on.',
  twinLeft: 'B left A at step {step}.',
  twinNumbers: 'Numbers',
  twinQuantity: 'quantity',
  twinGap: 'B − A',
  keepA: 'Keep A',
  keepB: 'Keep B',
  keepHint: 'End the comparison and go on with this one',

  // Own data: a drawing
  drawPad: 'A square to draw points in',
  drawHint: 'Drag or click. With the keyboard: arrows move, Space puts a point, Shift and an arrow puts one after another, Backspace takes back.',
  drawAt: 'at x = {x}, y = {y}',
  drawUndo: 'Undo',
  drawClear: 'Clear',
  drawUse: 'Use it',
  drawNeed: '{n} of at least {least} points',
  drawCount: '{n} points',
  drawFull: '{n} points: no more fit',

  // Chapters
  chapters: 'Chapters',
  previousChapter: 'Previous chapter',
  nextChapter: 'Next chapter',
  freePlay: 'Free play',
  freePlayHint: 'Every control and every picture, without the words',
  chapterHolds: 'borne out by this run',
  chapterNot: 'not here: this run does not agree',
  chapterOpen: 'played',

  // Player: behind buttons
  settings: 'Speed, stop and seed',
  shortcuts: 'Keyboard',
  keyPlay: 'play or pause',
  keyForward: 'one step, or one kept frame forward',
  keyBack: 'one kept frame back',
  keyReset: 'start again',
  keyChapters: 'chapter before, chapter after',
  keySlider: 'on a slider: a little more or less; with Page up and down ten times as much',
  keyEnds: 'on a slider: to its ends',

  // Player: messages
  divergedMessage: 'The run diverged. Its history is kept.',
  recoveringMessage: 'The run is being rebuilt.',
  lostMessage: 'The run has stopped. Reset starts a new one.',
  reconnectingMessage: 'The connection was interrupted; trying again …',
  goneMessage: 'This run no longer exists on the server.',
  back: 'Back to before it',
  reload: 'Reload the page',
  dismiss: 'Dismiss',

  // Figures
  recorded: 'a finished default run',
  recordedHint: 'A finished run with the default settings is shown until yours has begun',
  past: 'step {step}',
  stale: 'reconnecting …',
  waiting: 'Waiting for the first picture …',
  handlesHint: 'The arrow keys move a handle, H takes the next one, Escape lets go of it.',
  menu: 'More for this figure',
  resetZoom: 'Reset zoom',
  savePng: 'Save PNG',
  saveSvg: 'Save SVG',
  openPlotly: 'Open as Plotly',
  turnHint: 'The arrow keys turn the picture, plus and minus bring it nearer and away, 0 brings it back.',

  // Controls
  goesOn: 'goes on while you drag',
  moreControls: 'More controls',
  controls: 'Parameters',
  hot: 'live',
  hotHint: 'Takes effect while the run goes on',
  restarts: 'restarts',
  restartsHint: 'A change starts the run again',
  lens: 'view',
  lensHint: 'Changes only what is shown',
  helpFor: 'What is {title}?',
  entryOf: '{title}, value',
  toDefault: 'Back to {value} (double click on the title)',
  refused: '“{value}” is not possible; allowed: {allowed}.',
  least: 'At least {n} must stay chosen.',
  on: 'on',
  off: 'off',

  // Guess first
  guessDraw: 'Draw your guess',
  guessMine: 'Your guess',
  guessScore: 'Your guess: {score}',
  guessHint: 'Draw what you expect before you press Play; afterwards it is scored',
  guessWhat: 'What to guess',
  guessCurveHint: 'Drag to draw the curve you expect. With the keyboard: ← → move the point, ↑ ↓ set its value.',
  guessPlaceHint: 'Drag or click where you expect it. With the keyboard: ← →.',
  guessAt: 'step {step}: {value}',
  guessNothingAt: 'step {step}: nothing yet',
  guessNothing: 'nothing yet',
  guessClear: 'Clear',
  guessClose: 'Close',
  guessSkip: 'Just show me',
  guessAgain: 'Guess again',
  guessVerdict: 'You said: “{said}”. {verdict}',
  guessFirst: 'Guess first, or show',

  // Sweep: what to train
  glide: 'Sweep',
  glidePlan: 'What to sweep',
  glideParameter: 'Parameter',
  glideFrom: 'From',
  glideTo: 'To',
  glideCount: 'Models',
  glideSteps: 'Steps each',
  glideTrain: 'Train them',
  glideAgain: 'Train again',
  glideCancel: 'Cancel',
  glideHint: 'One model for each value. Everything else is as on the page now, and all start from the same seed. Then a slider glides through them.',
  glideModels: '{n} models',
  glideStacked: 'trained as one',
  glideWaiting: 'Waiting …',
  glideStopped: 'Stopped at step {step}.',

  // Sweep: the glide
  glideView: 'View',
  glideSlider: 'Glide through the models',
  glideAt: '{name} = {value}',
  glideBetween: 'between {name} = {low} and {high}',
  glideBlended: 'blended',
  glidePlay: 'Glide',
  glidePlayHint: 'Back and forth through all models',
  glideSnap: 'only trained models',
  glideSnapHint: 'Off: pictures between two trained models are blended from both',
  glideSummary: 'Against the parameter',
  glideSummaryHelp: 'Each point is one trained model. Dashed is the closed form, with its tolerance; a circle agrees with it, a diamond does not. A click brings the glide to a model.',
  glideQuantity: 'Quantity',
  glideClaims: 'Theory, measured',
  glideScalars: 'Numbers',
  glideSurprise: 'Surprise me',
  glideSurpriseHint: 'To the model where measurement and theory differ most',
  glideSurpriseNone: 'No closed form says anything about these models',
  glideOpen: 'Open this one',
  glideOpenHint: 'Trains this model in the page above: same values, same seed, same length',
  glideCsv: 'Table (CSV)',
  glideCsvHint: 'All numbers of all models as a table',

  // The gallery
  gallerySearch: 'Search',
  gallerySearchHint: 'A word, a parameter, a formula: rope, collapse, teacher forcing',
  galleryCount: '{n} found',
  galleryNothing: 'No lab matches this search.',
  galleryMap: 'Map',
  galleryMapHint: 'The labs as a path: what builds on what',
  galleryMinutes: '{n} min',
  galleryMinutesHint: 'Its words at 200 a minute, and half a minute for the run of each chapter',
  galleryChapters: '{n} chapters',
  gallerySeen: '{n} of {total} chapters held on this machine',
  galleryOwnData: 'takes your data',
  galleryArticle: 'article',

  // Files
  fileMaking: 'Making the file …',
  fileGone: 'This offer has ended. Close it and open it again.',
  fileLost: 'The file did not arrive. Is the app still running?',
};

/**
 * A string in the reader's language.
 * @param {Object<string, string>} [labels] translations from the server
 * @param {string} key
 * @param {Object<string, *>} [values] for the `{name}` places
 * @returns {string}
 */
export function say(labels, key, values) {
  const own = (table) => (table && Object.hasOwn(table, key) ? table[key] : undefined);
  const text = own(labels) ?? own(LABELS) ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all)) : text;
}
