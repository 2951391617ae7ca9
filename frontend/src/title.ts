// SPDX-License-Identifier: GPL-3.0-or-later
import { createContext } from "preact";
import { useContext, useEffect } from "preact/hooks";

/** The server's name, which ends every title. */
export const ServerName = createContext("binder-lite");

/** Name the document. */
export function useTitle(title: string): void {
  const server = useContext(ServerName);
  useEffect(() => {
    document.title = title ? `${title} – ${server}` : server;
  }, [title, server]);
}
