// What is said between the process of an embedded server and whoever started or joins it.
import type { ServerSettings } from "./start-server.js";

export interface ServerAddress {
  pid: number;
  baseURL: string;
  token: string;
}

export interface ServerTask {
  settings: ServerSettings;
  host: string;
  /** 0 takes any free port. */
  port: number;
  token: string;
  adapters: readonly { name: string; path: string }[];
  /** Where its address is written for other processes; null where nobody shall find it. */
  addressFile: string | null;
}

/** The one line that the process says. */
export type ServerWord =
  | { ready: true; baseURL: string; models: string[]; description: string }
  | { ready: false; message: string; exitCode: 1 | 2 };
