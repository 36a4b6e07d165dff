/**
 * Whether a text fits a pattern in which `*` stands for any characters and `?` for one. The whole text must fit. It goes back only to
 * the last `*`, so the work is at most the product of the two lengths, whatever the pattern.
 */
export function globMatches(text: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern;
      retry = at;
      inPattern += 1;
    } else if (pattern[inPattern] === '?' || (inPattern < pattern.length && pattern[inPattern] === text[at])) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      retry += 1;
      at = retry;
      inPattern = star + 1;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
