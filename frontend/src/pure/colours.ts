// SPDX-License-Identifier: GPL-3.0-or-later
/** The brand's colours, made readable: text keeps the contrast that WCAG AA asks for. */

type Rgb = readonly [number, number, number];

/** Read `#rgb` or `#rrggbb`; null for anything else. */
export function readColour(text: string): Rgb | null {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text.trim());
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  const parts = short?.slice(1).map((digit) => digit + digit) ?? long?.slice(1);
  if (parts === undefined) return null;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
  return [red, green, blue];
}

/** The contrast of two colours by WCAG's definition, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** The nearest colour to `wanted`, towards black or white, that can be read on `background`. */
export function readable(wanted: Rgb, background: Rgb, least = 4.5): Rgb {
  const goal = luminance(background) > 0.18 ? 0 : 255;
  for (let share = 0; share <= 1; share += 0.05) {
    const mixed = mix(wanted, goal, share);
    if (contrast(mixed, background) >= least) return mixed;
  }
  return [goal, goal, goal];
}

/** Black or white, whichever is easier to read on the colour. */
export function textOn(colour: Rgb): Rgb {
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [20, 18, 16];
  return contrast(white, colour) >= contrast(black, colour) ? white : black;
}

/** `#rrggbb`. */
export function written(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function mix(colour: Rgb, goal: number, share: number): Rgb {
  const part = (value: number): number => Math.round(value + (goal - value) * share);
  return [part(colour[0]), part(colour[1]), part(colour[2])];
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
