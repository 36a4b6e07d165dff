import type { Severity } from '../model/severity.ts';
import type { SeverityLabel } from './view-model.ts';

/** Text and background for the light scheme; the dark scheme replaces both by class. */
export interface Tint {
  readonly ink: string;
  readonly paper: string;
}

const SEVERITY_TINTS: Readonly<Record<Severity, Tint>> = {
  critical: { ink: '#8a1038', paper: '#fce4ea' },
  high: { ink: '#8f3410', paper: '#fde9dc' },
  medium: { ink: '#6f4a00', paper: '#fbf0d0' },
  low: { ink: '#2f4a6d', paper: '#e5edf7' },
};

/** By tone of the verdict. What could not be looked at is violet, never red. */
export const TONE_TINTS = {
  met: { ink: '#14603a', paper: '#e1f3e8' },
  open: { ink: '#8f3410', paper: '#fdeee4' },
  incomplete: { ink: '#4b3f86', paper: '#edeaf9' },
  failed: { ink: '#4b3f86', paper: '#edeaf9' },
} as const satisfies Readonly<Record<string, Tint>>;

/** Colours of bars, by how full a quota is. */
export const BAR_INKS = { calm: '#5b7fb5', near: '#b9731a', over: '#b3264f' } as const;

/** The label of a severity. */
export function labelOf(severity: Severity): SeverityLabel {
  return { id: severity, word: severity, ...SEVERITY_TINTS[severity] };
}
