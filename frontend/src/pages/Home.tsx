// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Config, type Offer } from "../api.ts";
import { address } from "../base.ts";
import { go, Link } from "../navigation.tsx";
import { Heading } from "../parts/Heading.tsx";
import { Picture } from "../parts/Picture.tsx";
import { SourceField, type Choice } from "../parts/SourceField.tsx";
import { launchAddress, nameOf, refOf } from "../pure/spec.ts";

/** The first page: paste, launch; or take what others have opened. */
export function Home({ config }: { readonly config: Config }): JSX.Element {
  const [choice, setChoice] = useState<Choice | null>(null);
  const gallery = useOffers("api/gallery");
  const recent = useOffers("api/recent");
  const { texts } = config.brand;
  // Enter right after pasting: the launch begins as soon as the service has understood.
  const wanted = useRef(false);
  const launch = (event: Event): void => {
    event.preventDefault();
    wanted.current = choice === null;
    if (choice !== null) go(launchAddress(choice.spec, choice.path));
    else document.getElementById("source")?.focus();
  };
  const chosen = (choice: Choice | null): void => {
    setChoice(choice);
    if (choice !== null && wanted.current) go(launchAddress(choice.spec, choice.path));
    wanted.current = false;
  };
  return (
    <>
      <section class="hero">
        <Heading>{texts["title"] ?? "Open a repository as a running notebook"}</Heading>
        <p class="lead">
          {texts["tagline"] ?? "Paste its address. The software that it asks for is built, and the notebook opens."}
        </p>
        <form class="card launcher" onSubmit={launch}>
          <SourceField chosen={chosen} />
          <button type="submit" class="button primary">
            Launch
          </button>
        </form>
      </section>
      {gallery.length > 0 && (
        <section aria-labelledby="gallery">
          <h2 id="gallery">Gallery</h2>
          <ul class="gallery">
            {gallery.map((offer) => (
              <li key={offer.spec + offer.path}>
                <Link to={launchAddress(offer.spec, offer.path)} class="card offer">
                  {offer.picture ? (
                    <img src={address(offer.picture)} alt="" loading="lazy" />
                  ) : (
                    <Picture of={offer.title || offer.spec} />
                  )}
                  <span class="words">
                    <strong>{offer.title || nameOf(offer.spec)}</strong>
                    <span class={offer.description ? "" : "none"}>
                      {offer.description || "No description"}
                    </span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      {recent.length > 0 && (
        <section aria-labelledby="recent">
          <h2 id="recent">Recent</h2>
          <ul class="recent">
            {recent.map((offer) => (
              <li key={offer.spec + offer.path}>
                <Link to={launchAddress(offer.spec, offer.path)}>
                  <strong>{offer.title || nameOf(offer.spec)}</strong>
                  <span class="faint">{[refOf(offer.spec).replace(/^HEAD$/, ""), offer.path].filter(Boolean).join(" · ")}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="how">
        <h2 id="how">How it works</h2>
        <p class="how">
          {texts["how"] ??
            "The repository's own files say which software its notebooks need; that software is built once, and kept for everyone who opens it later. Your copy runs in a container that only you can reach, and stays yours when it is stopped."}
        </p>
      </section>
    </>
  );
}

function useOffers(below: string): readonly Offer[] {
  const [offers, setOffers] = useState<readonly Offer[]>([]);
  useEffect(() => {
    // The page is useful without them.
    ask<readonly Offer[]>(below)
      .then((answer) => setOffers(Array.isArray(answer) ? answer : []))
      .catch(() => undefined);
  }, []);
  return offers;
}
