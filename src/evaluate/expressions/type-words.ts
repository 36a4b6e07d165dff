/** A type as the checker of expressions writes it (`double`, `list<Member>`, `dyn<string>`), in words: "a number", "a list", "text or null". */
export function inWords(type: string): string {
  const nullable = /^dyn<(.+)>$/.exec(type)?.[1];
  if (nullable !== undefined) return `${inWords(nullable)} or null`;
  if (/^list\b/.test(type)) return 'a list';
  if (/^map\b/.test(type)) return 'a map';
  return WORDS[type] ?? (/^[A-Z]\w*$/.test(type) ? `a ${type}` : type);
}

const WORDS: Readonly<Record<string, string>> = {
  bool: 'true or false',
  bytes: 'bytes',
  double: 'a number',
  duration: 'a duration',
  'google.protobuf.Duration': 'a duration',
  'google.protobuf.Timestamp': 'an instant',
  int: 'a number',
  string: 'text',
  uint: 'a number',
};
