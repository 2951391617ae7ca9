// SPDX-License-Identifier: GPL-3.0-or-later
/** How much of something is done: `3 of 12 packages`, `4.2 of 80.0 MB`, `40 %`. */
export function amount(done: number, total: number | null, unit: string): string {
  if (unit === "%") return `${Math.round(done)} %`;
  if (unit === "bytes") {
    return total ? `${megabytes(done)} of ${megabytes(total)} MB` : `${megabytes(done)} MB`;
  }
  return `${total ? `${done} of ${total}` : done} ${unit}`.trim();
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
