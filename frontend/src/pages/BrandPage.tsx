// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refusal } from "../api.ts";
import { Heading } from "../parts/Heading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { useTitle } from "../title.ts";
import { Missing } from "./Missing.tsx";

interface Shown {
  readonly title: string;
  /** Made of Markdown by the service, which lets no markup through that the operator wrote. */
  readonly html: string;
}

/** A page of the operator's own. */
export function BrandPage({ name }: { readonly name: string }): JSX.Element {
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  useTitle(shown?.title ?? (problem ? "No such page" : ""));
  useEffect(() => {
    ask<Shown>(`api/pages/${encodeURIComponent(name)}`)
      .then(setShown)
      .catch((reason: unknown) => {
        if (reason instanceof Refusal) setProblem(reason);
      });
  }, []);
  if (problem?.status === 404) return <Missing path={`pages/${name}`} />;
  if (problem) return <Problem problem={problem} />;
  if (shown === null) return <div aria-busy="true" />;
  return (
    <>
      <Heading>{shown.title}</Heading>
      <div class="prose written" dangerouslySetInnerHTML={{ __html: shown.html }} />
    </>
  );
}
