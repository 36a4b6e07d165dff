// The tester ships with the program, because other people's rules are tried with it too.
export * from '../../src/evaluate/rule-tester/check-rule.ts';
