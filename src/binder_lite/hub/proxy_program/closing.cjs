// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into the proxy before its own program.
//
// The proxy asks a server on a Unix socket to close the connection after its answer. One that
// answers at once has closed it before node has come to the end of the request, whose last, empty
// write then fails; and the proxy says 503 in place of the server's answer
// (https://github.com/nodejs/node/issues/40553). So it is the proxy that closes, with the answer.
"use strict";

const http = require("node:http");

const request = http.request;
http.request = (options, ...more) => {
  if (options?.socketPath && options.headers?.connection === "close") {
    options.headers.connection = "keep-alive";
  }
  return request(options, ...more);
};
