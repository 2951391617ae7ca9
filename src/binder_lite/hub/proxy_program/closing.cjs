// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into the proxy before its own program.
//
// The proxy asks a server on a Unix socket to close the connection after its answer. One that
// answers at once has closed it before node has come to the end of the request, whose last, empty
// write then fails; and the proxy says 503 in place of the server's answer
// (https://github.com/nodejs/node/issues/40553). So it is the proxy that closes, with the answer.
//
// And where a server dies in the middle of its answer, the proxy leaves its client waiting for the
// rest. A stream of events would stay silent, and the browser would not know that it has to ask
// again. So the client's connection breaks, too.
"use strict";

const http = require("node:http");

const request = http.request;
http.request = (options, ...more) => {
  if (options?.socketPath && options.headers?.connection === "close") {
    options.headers.connection = "keep-alive";
  }
  return request(options, ...more).on("response", breakTogether);
};

function breakTogether(answer) {
  const pipe = answer.pipe;
  answer.pipe = (client, ...more) => {
    answer.once("close", () => {
      if (!answer.complete) client.destroy();
    });
    return pipe.call(answer, client, ...more);
  };
}
