// SPDX-License-Identifier: GPL-3.0-or-later
/** Badges for a README: a picture that links to the launch page. */

export interface Badge {
  readonly markdown: string;
  readonly rst: string;
  readonly html: string;
}

/** The badge's text in the three languages of READMEs. */
export function badge(link: string, picture: string, words: string): Badge {
  return {
    markdown: `[![${words}](${inMarkdown(picture)})](${inMarkdown(link)})`,
    rst: `.. image:: ${picture}\n   :target: ${link}\n   :alt: ${words}`,
    html: `<a href="${inHtml(link)}"><img src="${inHtml(picture)}" alt="${inHtml(words)}"></a>`,
  };
}

function inMarkdown(address: string): string {
  return address.replace(/[()\s<>]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function inHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
