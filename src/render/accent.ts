/** An accent colour that can be read on the light and on the dark background. */
export interface Accent {
  readonly light: string;
  readonly dark: string;
}

type Rgb = readonly [number, number, number];

const DEFAULT: Rgb = [11, 87, 208];
const LIGHT_PAPER: Rgb = [252, 253, 255];
/** The lightest of the dark papers, that of the box with the remedy: what is readable there is readable on the others. */
const DARK_PAPER: Rgb = [29, 37, 51];
/** WCAG 2.2, 1.4.3: contrast of text of ordinary size. */
const READABLE = 4.5;

function parseHex(text: string): Rgb | null {
  const digits = /^#([0-9a-f]{6})$/i.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toHex(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function towards(colour: Rgb, target: number, share: number): Rgb {
  const mix = (part: number) => part + (target - part) * share;
  return [mix(colour[0]), mix(colour[1]), mix(colour[2])];
}

function readableOn(paper: Rgb, colour: Rgb): string {
  const target = luminance(paper) > 0.5 ? 0 : 255;
  for (let step = 0; step < 20; step += 1) {
    const mixed = towards(colour, target, step / 20);
    if (contrast(mixed, paper) >= READABLE) return toHex(mixed);
  }
  return toHex([target, target, target]);
}

/** The configured colour, darkened or lightened until it is readable. What is not `#rrggbb` gives the built-in blue. */
export function accentOf(colour: string): Accent {
  const base = parseHex(colour) ?? DEFAULT;
  return { light: readableOn(LIGHT_PAPER, base), dark: readableOn(DARK_PAPER, base) };
}
