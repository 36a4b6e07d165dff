import type { Severity } from '../model/severity.ts';
import type { Accent } from './accent.ts';
import type { QuotaChart, TrendChart, UsageChart } from './charts.ts';
import type { FactLine, FactTable } from './evidence.ts';

/** A severity as a word in a tinted label: ink and paper always together. */
export interface SeverityLabel {
  readonly id: Severity;
  readonly word: string;
  readonly ink: string;
  readonly paper: string;
}

/** The line that answers "am I fine?": a shape and a sentence, never colour alone. */
export interface VerdictView {
  readonly tone: 'met' | 'open' | 'incomplete' | 'failed';
  readonly shape: string;
  readonly ink: string;
  readonly paper: string;
  readonly sentence: string;
  /** How the requirements stand, and what limits the sentence. */
  readonly support: string;
}

/** One of the four numbers: `–` where nothing was measured. */
export interface FigureView {
  readonly figure: string;
  readonly label: string;
  readonly note: string;
}

/** One finding. */
export interface FindingRow {
  readonly severity: SeverityLabel;
  /** The severity as a word where the findings of its group differ in it, else empty: then the group's heading says it. */
  readonly ownSeverity: string;
  readonly state: string;
  readonly stateWord: string;
  readonly rule: string;
  /** The subject's id as people read it, and as it is copied. */
  readonly who: string;
  readonly copy: string;
  /** Name and address; empty where unknown or withheld. */
  readonly contact: string;
  readonly message: string;
  /** `open for 23 days`. */
  readonly age: string;
  /** What else there is to know: reopened, not verified, a waiver that ended. */
  readonly note: string;
  /** Evidence in one line. */
  readonly line: string;
  readonly facts: readonly FactLine[];
  readonly tables: readonly FactTable[];
  readonly findingId: string;
}

/** Findings of one rule: what is demanded and how to mend it is said once. */
export interface FindingGroup {
  readonly rule: string;
  readonly title: string;
  /** The worst among its findings. */
  readonly severity: SeverityLabel;
  /** `3 members`; where they differ in severity also how many of each. */
  readonly count: string;
  readonly why: string;
  readonly fix: string;
  /** An http(s) address, or empty. */
  readonly fixUrl: string;
  readonly controls: string;
  readonly rows: readonly FindingRow[];
  /** What is left out here, or empty. */
  readonly more: string;
}

/** A finding that closed, and why: only what changed in the group is called resolved. */
export interface ClosedRow {
  readonly word: string;
  readonly who: string;
  readonly title: string;
  /** The change by hand that it goes back to, for forms too short for `why`; empty where there is none. */
  readonly after: string;
  readonly why: string;
  readonly rule: string;
  readonly severity: SeverityLabel;
  readonly message: string;
}

/** Something that could not be looked at: what, why, and what to do about it. */
export interface UncheckedRow {
  readonly what: string;
  readonly why: string;
  readonly todo: string;
}

/** A finding that somebody accepted for a time. */
export interface WaivedRow {
  readonly severity: SeverityLabel;
  readonly rule: string;
  readonly title: string;
  readonly who: string;
  readonly message: string;
  readonly terms: string;
}

/** A quota: its numbers and its forecast. */
export interface QuotaView {
  readonly name: string;
  readonly id: string;
  readonly used: string;
  readonly allowed: string;
  readonly percent: string;
  /** 0 to 100: widths of the cells of the bar: what is used, what will be at the reset, and what remains. */
  readonly fill: string;
  readonly ahead: string;
  readonly rest: string;
  readonly hasAhead: boolean;
  readonly full: boolean;
  readonly empty: boolean;
  /** Colour of the bar, by how full it is. */
  readonly ink: string;
  readonly tone: 'calm' | 'near' | 'over';
  readonly resets: string;
  /** Forecast or peak in words, or empty. */
  readonly forecast: string;
  readonly chart: QuotaChart;
}

/** Daily use of the last 30 finished days. */
export interface UsageView {
  readonly caption: string;
  readonly summary: string;
  readonly spikes: readonly { readonly text: string }[];
  readonly bars: readonly UsageBarView[];
  readonly first: string;
  readonly last: string;
  readonly highest: string;
  readonly chart: UsageChart;
}

/** One day's use. */
export interface UsageBarView {
  readonly day: string;
  readonly calls: string;
  /** Pixels in a mail. */
  readonly height: string;
  readonly spike: boolean;
  readonly mark: string;
  readonly ink: string;
}

/** Open findings over the runs. */
export interface TrendView {
  readonly caption: string;
  readonly summary: string;
  readonly chart: TrendChart;
  readonly rows: readonly TrendRow[];
  readonly first: string;
  readonly last: string;
  readonly highest: string;
}

/** Open findings after one run. */
export interface TrendRow {
  readonly at: string;
  readonly status: string;
  readonly critical: string;
  readonly high: string;
  readonly medium: string;
  readonly low: string;
}

/** A requirement and how it stands: a mark and a word, never colour alone. */
export interface RequirementRow {
  readonly rule: string;
  readonly title: string;
  readonly tone: 'met' | 'open' | 'unchecked';
  readonly mark: string;
  readonly verdict: string;
  /** On what the verdict rests: how many were looked at, since when it is so. */
  readonly proof: string;
  /** What the verdict does not cover, in sentences. */
  readonly limits: string;
  /** The same where the requirement is met, else empty: only there could it be taken for more than it is. */
  readonly caveat: string;
}

/** A requirement that is switched off, until when and why. */
export interface DisabledRow {
  readonly rule: string;
  readonly title: string;
  readonly terms: string;
}

/** What is evidence for one control. There is no verdict for a control. */
export interface ControlView {
  readonly control: string;
  /** `incomplete evidence`, `not covered`, or empty. */
  readonly gap: string;
  readonly evidence: readonly { readonly rule: string; readonly mark: string; readonly text: string }[];
}

/** The controls of one framework. */
export interface FrameworkView {
  readonly framework: string;
  readonly controls: readonly ControlView[];
}

/** A line of a plain list. */
export interface Line {
  readonly text: string;
}

/** A label and what stands beside it. */
export interface LabelledLine {
  readonly label: string;
  readonly value: string;
}

/**
 * Everything that a rendering shows, as strings ready to print: templates choose the order and the place, never the words. A list that
 * is cut says so in the `more` beside it; a section with nothing to say has an empty list and, where silence could mislead, a sentence.
 */
export interface View {
  /** The mail's subject without its prefix; the page's title. */
  readonly headline: string;
  readonly subject: string;
  readonly preheader: string;
  readonly organization: string;
  readonly logo: string;
  readonly accent: Accent;
  readonly group: string;
  readonly audit: string;
  readonly when: string;
  readonly verdict: VerdictView;
  readonly notices: readonly Line[];
  readonly strip: readonly FigureView[];
  readonly changes: {
    readonly heading: string;
    readonly empty: string;
    readonly groups: readonly FindingGroup[];
    readonly more: string;
    readonly closed: readonly ClosedRow[];
    readonly moreClosed: string;
    readonly ending: readonly Line[];
  };
  readonly open: {
    readonly heading: string;
    readonly empty: string;
    readonly groups: readonly FindingGroup[];
    readonly more: string;
  };
  readonly unchecked: { readonly heading: string; readonly rows: readonly UncheckedRow[]; readonly more: string };
  readonly waived: { readonly heading: string; readonly rows: readonly WaivedRow[]; readonly more: string };
  readonly quotas: {
    readonly rows: readonly QuotaView[];
    readonly more: string;
    readonly notJudged: string;
    readonly empty: string;
  };
  /** A list of one, or of none when use was not read. */
  readonly usage: readonly UsageView[];
  readonly noUsage: string;
  /** A list of one, or of none before the second run. */
  readonly trend: readonly TrendView[];
  readonly requirements: { readonly heading: string; readonly rows: readonly RequirementRow[]; readonly more: string };
  readonly disabled: readonly DisabledRow[];
  readonly coverage: {
    readonly frameworks: readonly FrameworkView[];
    readonly more: string;
    readonly note: string;
    /** What the marks before the rules mean. */
    readonly legend: string;
  };
  readonly yardstick: {
    readonly rows: readonly { readonly what: string; readonly from: string; readonly to: string }[];
    readonly more: string;
    readonly empty: string;
  };
  readonly outside: readonly Line[];
  readonly population: readonly LabelledLine[];
  readonly owed: readonly Line[];
  readonly footer: readonly LabelledLine[];
  /** What is attached or was left out of the mail, or empty. */
  readonly attached: string;
  readonly rules: readonly { readonly id: string; readonly title: string }[];
  readonly runToken: string;
}
