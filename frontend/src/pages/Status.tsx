// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refusal, type Status as Facts } from "../api.ts";
import { Heading } from "../parts/Heading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { limitText } from "../pure/limits.ts";

const LOOK_AGAIN_MS = 10_000;

/** How busy the server is, and what it allows. */
export function Status(): JSX.Element {
  const [facts, setFacts] = useState<Facts | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      ask<Facts>("api/status")
        .then((answer) => {
          setFacts(answer);
          setProblem(null);
        })
        .catch((reason: unknown) => {
          if (reason instanceof Refusal) setProblem(reason);
        });
    };
    look();
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <Heading>Status</Heading>
      {problem && <Problem problem={problem} />}
      {facts && (
        <>
          <dl class="numbers">
            <Number name="Sessions" value={facts.sessions} />
            <Number name="Builds" value={facts.builds} />
            <Number name="In the queue" value={facts.queue} />
            <Number name="Spares" value={facts.spares} />
          </dl>
          <h2>Limits</h2>
          <dl class="facts">
            {Object.entries(facts.limits ?? {}).map(([name, value]) => {
              const said = limitText(name, value);
              return (
                <div key={name}>
                  <dt>{said.name}</dt>
                  <dd>{said.value}</dd>
                </div>
              );
            })}
          </dl>
          <h2>Engines</h2>
          <dl class="facts">
            {(facts.engines ?? []).map(({ name, version }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{version}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

function Number({ name, value }: { readonly name: string; readonly value: number }): JSX.Element {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
