/** Wraps a line at blanks; what has none is cut. Continuation lines start with `indent`. */
export function wrapLine(line: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (Array.from(rest).length > width) {
    const head = Array.from(rest)
      .slice(0, width + 1)
      .join('');
    const blank = head.lastIndexOf(' ');
    const cut = blank > indent.length ? blank : Array.from(rest).slice(0, width).join('').length;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = indent + rest.slice(cut).trimStart();
  }
  lines.push(rest);
  return lines;
}
