import type { Target } from '../model/change.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import { isWaived } from '../model/summary.ts';
import type { Wish } from './plan.ts';
import { Refusal } from './refusal.ts';
import { toCaps, toRemovals, toRevocations } from './targets.ts';

/** What the open findings of a group would have changed, and which of them need a person. */
export interface Remediation {
  readonly wishes: readonly Wish[];
  readonly byHand: readonly { readonly finding: Finding; readonly why: string }[];
}

/** How far a remediation goes. */
export interface RemediationOptions {
  /** API requests a day for service accounts without a cap; null: they are left to a person. */
  readonly cap: number | null;
}

/**
 * Turns findings into changes: administrators that nobody approved are revoked, members of domains that are not approved removed,
 * service accounts without a cap capped. Waived findings and closed ones are left alone.
 */
export function toRemediation(findings: readonly Finding[], options: RemediationOptions): Remediation {
  const byHand: Remediation['byHand'][number][] = [];
  const wishes = new Map<string, Wish>();
  for (const finding of findings.filter((one) => isOpen(one.state) && !isWaived(one))) {
    const target = toTarget(finding, options);
    if (typeof target === 'string') {
      byHand.push({ finding, why: target });
      continue;
    }
    const key = JSON.stringify(target);
    wishes.set(key, { target, findings: [...(wishes.get(key)?.findings ?? []), finding.id], expected: null });
  }
  return { wishes: withoutOvertaken([...wishes.values()]), byHand };
}

/** Whether a change is what these findings, as they stand, would have changed: a plan is worth no more than what it was made from. */
export function isAnswerTo(findings: readonly Finding[], target: Target): boolean {
  const cap = target.kind === 'cap_account' ? target.daily : null;
  const { wishes } = toRemediation(findings, { cap });
  return JSON.stringify(wishes.map((wish) => wish.target)) === JSON.stringify([target]);
}

/** Who is removed loses administration with it: one change, which answers both findings. */
function withoutOvertaken(wishes: readonly Wish[]): readonly Wish[] {
  const removed = new Set(wishes.flatMap(({ target }) => (target.kind === 'remove_member' ? [target.id] : [])));
  const overtaken = (target: Target): target is Extract<Target, { kind: 'revoke_administrator' }> =>
    target.kind === 'revoke_administrator' && removed.has(target.id);
  return wishes
    .filter(({ target }) => !overtaken(target))
    .map((wish) => {
      const { target } = wish;
      if (target.kind !== 'remove_member') return wish;
      const others = wishes.filter((one) => overtaken(one.target) && one.target.id === target.id);
      return { ...wish, findings: [...wish.findings, ...others.flatMap(({ findings }) => findings)] };
    });
}

/** The change that answers a finding, or why none does. */
function toTarget(finding: Finding, { cap }: RemediationOptions): Target | string {
  const { rule, subject } = finding;
  if (finding.state === 'unverified') return 'the last audit could not look, so it may be gone';
  try {
    if (rule === 'administrators-are-approved' && isUnapproved(finding)) return first(toRevocations([subject.id]));
    if (rule === 'members-belong-to-approved-domains' && subject.kind === 'member')
      return first(toRemovals([subject.id]));
    if (rule === 'service-accounts-are-capped' && subject.kind === 'service_account')
      return cap === null ? 'say with --cap how many requests a day it may make' : first(toCaps([subject.id], cap));
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'no change by the API answers it; `vt-auditor rules show` says how to fix it';
}

/** Not approved at all, rather than approved and due for review, or missing only from the list of service accounts. */
function isUnapproved({ key, evidence }: Finding): boolean {
  const lists = evidence['missingFrom'];
  return key === '' && Array.isArray(lists) && lists.includes('administrators');
}

function first(targets: readonly Target[]): Target {
  const [target] = targets;
  if (target === undefined) throw new Refusal('there is no account to change');
  return target;
}
