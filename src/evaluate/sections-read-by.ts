import type { EncodedSection } from '../model/encoded-section.ts';
import type { Reason } from '../model/reason.ts';
import type { SectionName } from '../model/snapshot.ts';
import type { CustomRule } from './custom-rules.ts';
import type { EncodedSnapshot } from './judge-custom-rule.ts';

/** Sections as the process of a rule is given them: those that are there, and why the others are not. */
export interface SectionsRead {
  readonly sections: readonly EncodedSection[];
  readonly missing: readonly { readonly name: SectionName; readonly reason: Reason }[];
}

/** What rules need, want and consult, each section once however many of them read it; one that was not asked for is in neither list. */
export function sectionsReadBy(
  rules: readonly Pick<CustomRule, 'needs' | 'wants' | 'consults'>[],
  snapshot: EncodedSnapshot,
): SectionsRead {
  const names = new Set(rules.flatMap(({ needs, wants, consults }) => [...needs, ...wants, ...consults]));
  const sections: EncodedSection[] = [];
  const missing: { name: SectionName; reason: Reason }[] = [];
  for (const name of names) {
    const section = snapshot[name];
    if (section?.present === true) sections.push(section.value);
    else if (section !== undefined) missing.push({ name, reason: section.missing });
  }
  return { sections, missing };
}
