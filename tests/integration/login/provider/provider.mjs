// SPDX-License-Identifier: GPL-3.0-or-later
// A real OpenID provider with a plain log-in page, for tests on this machine only.
//
// Its settings are one JSON object on standard input: port, client_id, client_secret,
// redirect_uris, and people: {login: {sub, name, email}}. It prints "ready" when it listens.
// POST /test/code-seconds sets how long new codes are good; after POST /test/hold with "1" the answer
// for the client is shown, and the browser is not sent there.

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const settings = JSON.parse(await text(process.stdin));
const issuer = `http://127.0.0.1:${settings.port}`;
const bySub = Object.fromEntries(
  Object.entries(settings.people).map(([login, person]) => [person.sub, { login, ...person }]),
);
let codeSeconds = 60;
let holding = false;

const provider = new Provider(issuer, {
  clients: [{
    client_id: settings.client_id,
    client_secret: settings.client_secret,
    redirect_uris: settings.redirect_uris,
    token_endpoint_auth_method: 'client_secret_post',
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
  conformIdTokenClaims: true,
  cookies: { keys: ['only-a-test'] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  ttl: {
    AccessToken: 3600, IdToken: 3600, Interaction: 600, Session: 3600, Grant: 3600,
    AuthorizationCode: () => codeSeconds,
  },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(_context, sub) {
    const person = bySub[sub];
    return person && {
      accountId: sub,
      claims: async () => ({
        sub, name: person.name, email: person.email, preferred_username: person.login,
      }),
    };
  },
  // Everybody consents to what this one client asks for.
  async loadExistingGrant(context) {
    const grant = new provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

const page = (uid) => `<!doctype html><title>Provider</title>
<form method="post" action="/interaction/${uid}">
<label>Account <input name="login" autofocus></label> <button>Log in</button></form>`;

function hold(response) {
  const { end } = response;
  response.end = (...content) => {
    const address = String(response.getHeader('location') ?? '');
    if (!holding || !address.includes('/oauth_callback')) return end.apply(response, content);
    response.statusCode = 200;
    response.removeHeader('location');
    response.setHeader('content-type', 'text/plain');
    response.setHeader('content-length', Buffer.byteLength(address));
    return end.call(response, address);
  };
}

async function answer(request, response) {
  hold(response);
  const { pathname } = new URL(request.url, issuer);
  const interaction = pathname.match(/^\/interaction\/([\w-]+)$/);
  if (pathname === '/test/code-seconds') {
    codeSeconds = Number(await text(request));
    response.end();
  } else if (pathname === '/test/hold') {
    holding = (await text(request)) === '1';
    response.end();
  } else if (interaction && request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(page(interaction[1]));
  } else if (interaction) {
    const person = settings.people[new URLSearchParams(await text(request)).get('login')];
    const result = person
      ? { login: { accountId: person.sub } }
      : { error: 'access_denied', error_description: 'No such account' };
    await provider.interactionFinished(request, response, result);
  } else {
    await provider.callback()(request, response);
  }
}

createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
}).listen(settings.port, '127.0.0.1', () => console.log('ready'));
