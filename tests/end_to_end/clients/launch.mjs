// SPDX-License-Identifier: GPL-3.0-or-later
// Launches with BinderHub's own client and tells each event as a line of JSON. When a session is
// ready, a kernel of it runs the code, reached as these clients do it: with the token in addresses.
//
// Usage: node launch.mjs '{"endpoint": …, "spec": …, "options": {…}, "code": …}'
import { BinderRepository } from "@jupyterhub/binderhub-client/client.js";

const { endpoint, spec, options, code } = JSON.parse(process.argv[2]);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

// The client is one for browsers.
globalThis.window = globalThis;
globalThis.document = Object.assign(new EventTarget(), { cookie: "", hidden: false });
// By which it ends a stream that has failed; a browser writes that to its console.
process.on("unhandledRejection", () => {});

async function launch() {
  const repository = new BinderRepository(spec, new URL(endpoint), options);
  for await (const event of repository.fetch()) {
    tell(event);
    if (["ready", "failed"].includes(event.phase)) {
      repository.close();
      return event;
    }
  }
  return { phase: "ended" };
}

async function startKernel(url, token) {
  const answer = await fetch(new URL(`api/kernels?token=${token}`, url), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  if (!answer.ok) throw new Error(`api/kernels: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).id;
}

function execute(url, token, kernel, text) {
  const address = new URL(`api/kernels/${kernel}/channels?token=${token}`, url);
  address.protocol = "ws:";
  const socket = new WebSocket(address);
  const session = crypto.randomUUID();
  const header = { msg_id: crypto.randomUUID(), msg_type: "execute_request", username: "", session,
    date: "", version: "5.3" };
  const content = { code: text, silent: false, store_history: true, allow_stdin: false,
    user_expressions: {} };
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("the WebSocket was not opened"));
    socket.onopen = () => socket.send(JSON.stringify({ channel: "shell", header, content,
      parent_header: {}, metadata: {}, buffers: [] }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.header.msg_type !== "stream") return;
      socket.close();
      resolve(message.content.text);
    };
  });
}

const end = await launch();
if (end.phase === "ready" && code) {
  const kernel = await startKernel(end.url, end.token);
  tell({ phase: "executed", message: await execute(end.url, end.token, kernel, code) });
}
process.exit(0);
