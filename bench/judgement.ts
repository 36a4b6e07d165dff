/**
 * How well spikes and forecasts are judged, next to what people use otherwise: `npm run bench:judgement`. Everything that is tuned, here
 * and in the rules, was tuned on the tuning seeds; the report is made on others. With an argument, that is the first reported seed.
 */
import { POPULATIONS, quietAlarms, shareFound } from './accounts.ts';
import { KNOWLEDGE, scoreForecasts } from './forecasts.ts';
import { AWKWARD_SHAPES } from './series/awkward-shapes.ts';
import { SHAPES } from './series/shapes.ts';
import { scoreByShape, scoreSpikes, spikeJudges } from './spikes.ts';

const TUNING = { shapes: Object.keys(SHAPES), first: 1000, each: 40 };
const REPORTED = { shapes: TUNING.shapes, first: Number(process.argv[2] ?? 20_260_000), each: 60 };
const AWKWARD = { ...REPORTED, shapes: Object.keys(AWKWARD_SHAPES) };

const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const row = (cells: readonly (string | number)[]): void => {
  print(`| ${cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(3) : cell)).join(' | ')} |`);
};
const head = (cells: readonly string[]): void => {
  row(cells);
  row(cells.map(() => '---'));
};

print(`Seeds: tuned from ${TUNING.first} on, reported from ${REPORTED.first} on, ${REPORTED.each} a shape.`);
print();
const judges = spikeJudges(TUNING);
for (const [title, seeds] of [
  ['spikes', REPORTED],
  ['spikes, awkward shapes', AWKWARD],
] as const) {
  head([
    title,
    'precision',
    'recall',
    'F1',
    'days of delay',
    'quiet alarms in 60 series',
    'the same, read every morning',
  ]);
  for (const judge of judges) {
    const { name, precision, recall, f1, daysOfDelay, ...quiet } = scoreSpikes(judge, seeds);
    row([name, precision, recall, f1, daysOfDelay, quiet.quietAlarms, quiet.quietAlarmsByMornings]);
  }
  print();
}

head(['shape', 'F1', 'quiet alarms in 60 series']);
const [ours] = judges;
if (ours !== undefined) {
  for (const { shape, f1, quietAlarms } of [...scoreByShape(ours, REPORTED), ...scoreByShape(ours, AWKWARD)])
    row([shape, f1, quietAlarms]);
}

print();
head(['400 accounts in a quiet group', 'days reported a year', 'episodes of them']);
for (const population of POPULATIONS) {
  const { days, episodes } = quietAlarms(population, { groups: 12, firstSeed: REPORTED.first, everyDays: 7 });
  row([population, days, episodes]);
}
print();
const sixTimes = shareFound(6, { groups: 30, firstSeed: REPORTED.first });
head(['an account that does six times its usual', 'found']);
for (const [shape, share] of sixTimes) row([shape, share]);

const figure = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(1));
print();
head([
  'forecast from',
  'forecasts',
  'median error, days',
  'mean error, days',
  'linear: median',
  'linear: mean',
  'true day in the range, %',
  'as stated, %',
  'ranges before the reset, %',
  'as stated, %',
]);
for (const known of KNOWLEDGE) {
  const score = scoreForecasts(REPORTED, known);
  row([
    known,
    String(score.forecasts),
    figure(score.medianError),
    figure(score.meanError),
    figure(score.medianLinearError),
    figure(score.meanLinearError),
    figure(score.coverage),
    figure(score.stated),
    figure(score.coverageBeforeReset),
    figure(score.statedBeforeReset),
  ]);
}
