import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** The parts of a custom rule's source that tests vary. */
export interface RuleSource {
  /** Statements before the rule. */
  readonly before?: string;
  /** The body of `evaluate({ members }, { max }, { at })`. */
  readonly body?: string;
  readonly wants?: string;
}

/** The source of a custom rule that needs the members and has one option, `max`. Its body begins on line 15. */
export function ruleSource(id: string, { before = '', body = 'return [];', wants = '[]' }: RuleSource = {}): string {
  return `import { defineRule, z } from 'vt-auditor/rule';
${before}
export default defineRule({
  id: '${id}',
  title: 'Members are as they should be',
  severity: 'low',
  tags: ['tests'],
  why: 'Because.',
  fix: { text: 'Mend it.', effort: 'low' },
  controls: {},
  needs: ['members'],
  wants: ${wants},
  options: z.strictObject({ max: z.number().default(1) }),
  evaluate({ members, ...wanted }, { max }, { at }) {
    ${body}
  },
});
`;
}

/** A temporary folder with these files, removed after the test. */
export async function ruleFolder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vt-auditor-rules-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
  return folder;
}
