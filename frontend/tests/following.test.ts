// SPDX-License-Identifier: GPL-3.0-or-later
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SILENCE_MS } from "../src/event-stream.ts";
import { follow, type Following } from "../src/following.ts";
import { beginsAnew, launchAt, readPlace } from "../src/pure/place.ts";

/** A connection that the page made: what it asked with, and a hand to answer it. */
class Connection {
  readonly id: string | null;
  readonly signal: AbortSignal;
  private readonly answered: (answer: Response) => void;
  private readonly failed: (reason: unknown) => void;
  private body: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(asked: RequestInit, answered: (answer: Response) => void, failed: (reason: unknown) => void) {
    this.id = new Headers(asked.headers).get("Last-Event-ID");
    this.signal = asked.signal as AbortSignal;
    this.answered = answered;
    this.failed = failed;
    this.signal.addEventListener("abort", () => this.lose());
  }

  open(): this {
    const stream = new ReadableStream<Uint8Array>({ start: (body) => void (this.body = body) });
    this.answer(200, stream, "text/event-stream; charset=utf-8");
    return this;
  }

  answer(status: number, body: BodyInit | null = null, type = "text/html"): void {
    this.answered(new Response(body, { status, headers: { "Content-Type": type } }));
  }

  lose(): void {
    this.failed(new TypeError("lost"));
    this.body?.error(new TypeError("lost"));
    this.body = undefined;
  }

  send(text: string): void {
    this.body?.enqueue(new TextEncoder().encode(text));
  }

  tell(id: string, message: string, phase = "building"): void {
    this.send(`id: ${id}\ndata: ${JSON.stringify({ phase, message })}\n\n`);
  }
}

let connections: Connection[];
let shown: string[];
let there: boolean[];
let refused: number;
let following: Following;

const settle = async (milliseconds = 100): Promise<void> => void (await vi.advanceTimersByTimeAsync(milliseconds));
const latest = (): Connection => connections.at(-1) as Connection;

beforeEach(() => {
  vi.useFakeTimers();
  connections = [];
  shown = [];
  there = [];
  refused = 0;
  vi.stubGlobal("fetch", (_: string, asked: RequestInit) => new Promise<Response>((answered, failed) => connections.push(new Connection(asked, answered, failed))));
  following = follow("https://notebooks.example.org/build/x", {
    heard: (events, again) => {
      if (again) shown = [];
      shown.push(...events.map(({ message }) => message));
    },
    connection: (now) => {
      if (there.at(-1) !== now) there.push(now);
    },
    refused: () => void (refused += 1),
  });
});

afterEach(() => {
  following.leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("following a launch", () => {
  it("comes back from silence, once, and goes on where it was", async () => {
    latest().open().tell("abc.0.1", "one");
    await settle();
    expect(shown).toEqual(["one"]);
    await settle(SILENCE_MS);
    expect(there).toEqual([true, false]);
    await settle(1000);
    expect(connections.map(({ id }) => id)).toEqual([null, "abc.0.1"]);
    latest().open().tell("abc.0.2", "two");
    await settle();
    expect(shown).toEqual(["one", "two"]);
    expect(there).toEqual([true, false, true]);
  });

  it("waits as long as the service says that it is there", async () => {
    latest().open();
    for (let times = 0; times < 20; times += 1) {
      await settle(25_000);
      latest().send(":keepalive\n\n");
    }
    expect(connections.length).toBe(1);
    expect(there).toEqual([true]);
  });

  it("gives up a connection that is never answered", async () => {
    await settle(SILENCE_MS + 1100);
    expect(connections.length).toBe(2);
  });

  it("asks ever more rarely while nothing is reached, and without end", async () => {
    for (let tries = 0; tries < 40; tries += 1) {
      latest().lose();
      await settle(8100);
    }
    expect(connections.length).toBe(41);
    latest().lose();
    await settle(3900);
    expect(connections.length).toBe(41);
    expect(refused).toBe(0);
    expect(there).toEqual([false]);
  });

  it.each([503, 404])("waits for a service that is away, says the proxy with %i, but not for ever", async (status) => {
    for (let tries = 0; tries < 15; tries += 1) {
      latest().answer(status);
      await settle(8100);
    }
    expect(refused).toBe(0);
    latest().answer(status);
    await settle();
    expect(refused).toBe(1);
  });

  it("takes no other page for a stream", async () => {
    latest().answer(200, "<h1>Log in</h1>");
    await settle(100_000);
    expect(refused).toBe(1);
    expect(connections.length).toBe(1);
  });

  it("tells the story once when another service goes on with the launch", async () => {
    latest().open().tell("abc.0.1", "one");
    latest().tell("abc.0.2", "two");
    latest().lose();
    await settle(1100);
    latest().open().tell("abc.1.0.1", "one");
    latest().tell("abc.1.0.2", "two");
    await settle();
    expect(shown).toEqual(["one", "two"]);
    expect(following.launch()).toBe("abc");
  });

  it("reads an event that comes in pieces, and none that breaks off", async () => {
    latest().open().send('id: abc.0.1\ndata: {"phase":"building",');
    await settle(20);
    latest().send('"message":"gr\u00fc\u00dfe"}\n\nid: abc.0.2\ndata: {"phase":"buil');
    latest().lose();
    await settle(1100);
    expect(shown).toEqual(["gr\u00fc\u00dfe"]);
    expect(latest().id).toBe("abc.0.1");
  });

  it("ends the connection with the launch, and when it is left", async () => {
    latest().open().tell("abc.0.1", "done", "ready");
    await settle(100_000);
    expect(shown).toEqual(["done"]);
    expect(latest().signal.aborted).toBe(true);
    expect(connections.length).toBe(1);
  });

  it("asks no more once it is left", async () => {
    latest().open().tell("abc.0.1", "one");
    await settle(10);
    following.leave();
    await settle(100_000);
    expect(shown).toEqual([]);
    expect(connections.length).toBe(1);
  });
});

describe("where a reader is", () => {
  const at = readPlace;

  it("is read from an event's id", () => {
    expect(at("abc.2.17")).toEqual({ story: "abc", segment: 2, position: 17 });
    expect(at("abc.3.2.17")).toEqual({ story: "abc.3", segment: 2, position: 17 });
    expect(launchAt(at("abc.3.2.17"))).toBe("abc");
    expect([at(""), at("abc"), at("abc.1"), at("abc.x.1")]).toEqual([null, null, null, null]);
  });

  it("says when all is told from its beginning", () => {
    expect(beginsAnew(at("abc.0.9"), at("abc.1.0"), true)).toBe(false);
    expect(beginsAnew(at("abc.0.9"), at("abc.0.10"), true)).toBe(false);
    expect(beginsAnew(at("abc.1.0"), at("abc.0.1"), true)).toBe(true);
    expect(beginsAnew(at("abc.0.9"), at("abc.1.0.1"), false)).toBe(true);
    expect(beginsAnew(null, null, false)).toBe(false);
    expect(beginsAnew(null, null, true)).toBe(true);
  });
});
