// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Config } from "../api.ts";
import { address, base } from "../base.ts";
import { CopyButton } from "../parts/CopyButton.tsx";
import { Heading } from "../parts/Heading.tsx";
import { SourceField, type Choice } from "../parts/SourceField.tsx";
import { badge } from "../pure/badge.ts";
import { launchAddress } from "../pure/spec.ts";

/** Makes links and badges for a repository's README. */
export function Links({ config }: { readonly config: Config }): JSX.Element {
  const [choice, setChoice] = useState<Choice | null>(null);
  return (
    <>
      <Heading>Badges and links</Heading>
      <p class="lead">A badge in your README lets everyone open your notebooks here.</p>
      <form class="card launcher" onSubmit={(event) => event.preventDefault()}>
        <SourceField chosen={setChoice} />
      </form>
      {choice && <Made choice={choice} outside={publicBase(config)} name={config.name} />}
    </>
  );
}

interface MadeProps {
  readonly choice: Choice;
  readonly outside: string;
  readonly name: string;
}

function Made({ choice, outside, name }: MadeProps): JSX.Element {
  const link = new URL(launchAddress(choice.spec, choice.path), outside).href;
  const made = badge(link, new URL("badge_logo.svg", outside).href, `Launch on ${name}`);
  return (
    <section class="made" aria-label="Made for you">
      <p>
        <img src={address("badge_logo.svg")} alt="How the badge looks" height={20} />
      </p>
      <Text what="the link" title="Link" text={link} />
      <Text what="the Markdown" title="Markdown" text={made.markdown} />
      <Text what="the reStructuredText" title="reStructuredText" text={made.rst} />
      <Text what="the HTML" title="HTML" text={made.html} />
    </section>
  );
}

function Text({ title, what, text }: { title: string; what: string; text: string }): JSX.Element {
  return (
    <div class="text">
      <div class="text-head">
        <h2>{title}</h2>
        <CopyButton text={() => text} what={what} />
      </div>
      <pre tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </div>
  );
}

function publicBase(config: Config): string {
  if (!config.public_url) return base.href;
  return config.public_url.endsWith("/") ? config.public_url : `${config.public_url}/`;
}
