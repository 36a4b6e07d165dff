/**
 * How well spikes and forecasts are judged, next to what people use otherwise: `npm run bench:judgement`. Everything that is tuned, here
 * and in the rules, was tuned on the tuning seeds; the report is made on others. With an argument, that is the first reported seed.
 */
import { scoreForecasts } from './forecasts.ts';
import { scoreByShape, scoreSpikes, spikeJudges } from './spikes.ts';

const TUNING = { first: 1000, each: 40 };
const REPORTED = { first: Number(process.argv[2] ?? 20_260_000), each: 60 };

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
head([
  'spikes',
  'precision',
  'recall',
  'F1',
  'days of delay',
  'quiet alarms in 60 series',
  'the same, read every morning',
]);
const judges = spikeJudges(TUNING);
for (const judge of judges) {
  const score = scoreSpikes(judge, REPORTED);
  const { name, precision, recall, f1, daysOfDelay, quietAlarms, quietAlarmsByMornings } = score;
  row([name, precision, recall, f1, daysOfDelay, quietAlarms, quietAlarmsByMornings]);
}

print();
head(['shape', 'F1', 'quiet alarms in 60 series']);
const [ours] = judges;
if (ours !== undefined) {
  for (const { shape, f1, quietAlarms } of scoreByShape(ours, REPORTED)) row([shape, f1, quietAlarms]);
}

const forecast = scoreForecasts(REPORTED);
print();
head(['forecast', 'quota-within-limit', 'linear extrapolation']);
row(['median absolute error, days', forecast.medianError, forecast.medianLinearError]);
row(['mean absolute error, days', forecast.meanError, forecast.meanLinearError]);
row(['true day in the range, %', forecast.coverage, '–']);
row(['as stated, %', forecast.stated, '–']);
row(['ranges before the reset: true day in it, %', forecast.coverageBeforeReset, '–']);
row(['as stated, %', forecast.statedBeforeReset, '–']);
row(['forecasts', String(forecast.forecasts), '–']);
