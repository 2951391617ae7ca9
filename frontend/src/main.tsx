// SPDX-License-Identifier: GPL-3.0-or-later
import { render, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Refusal, type Config } from "./api.ts";
import { applyColours } from "./branding.ts";
import { showMood } from "./favicon.ts";
import { useRoute } from "./navigation.tsx";
import { About } from "./pages/About.tsx";
import { BrandPage } from "./pages/BrandPage.tsx";
import { Home } from "./pages/Home.tsx";
import { Launch } from "./pages/Launch.tsx";
import { Links } from "./pages/Links.tsx";
import { Missing } from "./pages/Missing.tsx";
import { Resume } from "./pages/Resume.tsx";
import { Sessions } from "./pages/Sessions.tsx";
import { Status } from "./pages/Status.tsx";
import { Frame } from "./parts/Frame.tsx";
import { Problem } from "./parts/Problem.tsx";
import type { Route } from "./pure/routes.ts";
import { ServerName, useTitle } from "./title.ts";
import "./style.css";

function App(): JSX.Element {
  const [config, setConfig] = useState<Config | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const route = useRoute();
  useEffect(() => {
    showMood("calm");
    ask<Config>("api/config")
      .then((answer) => {
        applyColours(answer.brand.colours);
        setConfig(answer);
      })
      .catch((reason: unknown) => {
        if (reason instanceof Refusal) setProblem(reason);
      });
  }, []);
  if (problem) {
    return (
      <main class="alone">
        <h1>The page cannot be shown</h1>
        <Problem problem={problem}>
          <button type="button" class="button" onClick={() => location.reload()}>
            Try again
          </button>
        </Problem>
      </main>
    );
  }
  if (config === null) return <main class="alone" aria-busy="true" />;
  return (
    <ServerName.Provider value={config.name}>
      <Frame config={config} route={route}>
        <Titled route={route} />
        <Page config={config} route={route} />
      </Frame>
    </ServerName.Provider>
  );
}

const TITLES: Readonly<Partial<Record<Route["page"], string>>> = {
  home: "",
  sessions: "Sessions",
  links: "Badges and links",
  about: "About",
  status: "Status",
  missing: "No such page",
};

/** Names the document for pages that do not name it themselves. */
function Titled({ route }: { readonly route: Route }): null {
  useTitle(TITLES[route.page] ?? "");
  return null;
}

function Page({ config, route }: { readonly config: Config; readonly route: Route }): JSX.Element {
  switch (route.page) {
    case "home":
      return <Home config={config} />;
    case "launch":
      return <Launch key={route.spec + route.query} config={config} spec={route.spec} query={route.query} />;
    case "sessions":
      return <Sessions config={config} />;
    case "resume":
      return <Resume key={route.session} session={route.session} />;
    case "links":
      return <Links config={config} />;
    case "about":
      return <About config={config} />;
    case "status":
      return <Status />;
    case "brand":
      return <BrandPage key={route.name} name={route.name} />;
    case "missing":
      return <Missing path={route.path} />;
  }
}

const place = document.getElementById("page");
if (place !== null) render(<App />, place);
