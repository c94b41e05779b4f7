/** The command: which of its parts to run, what to print, how to exit. */
import { FlagError, flagHelp, readFlags } from './flags.js';
import { createLog } from './log.js';
import { type ServeOptions, serveOptions } from './options.js';

const usage = `apiserver-kit: a Kubernetes-style API server

Usage:
  apiserver-kit serve [flags]   run a server; --help lists the flags
  apiserver-kit version         print the version

With no flags, serve makes a data directory, a CA, certificates and an admin kubeconfig,
and serves on https://127.0.0.1:6443:

  apiserver-kit serve
  export KUBECONFIG=$PWD/.apiserver-kit/admin.kubeconfig
  kubectl get ns
`;

const serveUsage = (): string => `Runs an API server. When it is ready it prints one line: ready https://HOST:PORT

Usage:
  apiserver-kit serve [flags]

${flagHelp()}
Examples:
  apiserver-kit serve
  apiserver-kit serve --storage-backend=memory --secure-port=0 --write-kubeconfig=./kubeconfig
  apiserver-kit serve --bind-address=0.0.0.0 --token-auth-file=tokens.csv
`;

/** The edges of the process: given, so that a test can hold them. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

/**
 * Runs the command.
 * @returns the exit code, once the command has ended.
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [command, ...rest] = args;
  const isHelp = (arg: string | undefined): boolean => arg === '--help' || arg === '-h' || arg === 'help';
  if (command === undefined) {
    terminal.err(usage);
    return 2;
  }
  if (isHelp(command)) {
    terminal.out(rest[0] === 'serve' ? serveUsage() : usage);
    return 0;
  }
  if (command === 'version' || command === '--version') {
    const { readFileSync } = await import('node:fs');
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    terminal.out(`${version}\n`);
    return 0;
  }
  if (command !== 'serve') {
    terminal.err(`apiserver-kit: unknown command ${JSON.stringify(command)}; try: apiserver-kit serve\n`);
    return 2;
  }
  let options: ServeOptions;
  try {
    const flags = readFlags(rest);
    if (flags.boolean('help', false)) {
      terminal.out(serveUsage());
      return 0;
    }
    options = serveOptions(flags);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    terminal.err(`apiserver-kit: ${error.message}\n`);
    return 2;
  }
  return run(options, terminal);
}

/** Serves until a signal asks to stop. */
async function run(options: ServeOptions, terminal: Terminal): Promise<number> {
  const { default: module } = await import('node:module');
  // Where node has it (22.8 on), the compiled code of one start is there for the next.
  (module as { enableCompileCache?: () => void }).enableCompileCache?.();
  const log = createLog(terminal.err);
  // Nothing should get here; what does is a bug, and no reason to drop everybody's connections.
  process.on('unhandledRejection', (error) => log('a promise was left alone', error));

  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    let isAsked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isAsked) process.exit(1);
      isAsked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

  const { serve } = await import('./serve.js');
  try {
    const starting = serve(options, { print: (line) => terminal.out(`${line}\n`), log });
    const first = await Promise.race([starting, stopped]);
    // Asked to stop while it starts: it stops as soon as it can.
    const server = typeof first === 'string' ? await starting : first;
    await stopped;
    if (options.verbosity >= 2) terminal.err(`${new Date().toISOString()} stopping\n`);
    await server.close();
    return 0;
  } catch (error) {
    terminal.err(`apiserver-kit: ${startFailure(error, options)}\n`);
    if (options.verbosity > 0 && error instanceof Error) terminal.err(`${error.stack}\n`);
    return 1;
  }
}

function startFailure(error: unknown, { bindAddress, securePort }: ServeOptions): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const at = `${bindAddress}:${securePort}`;
  if (code === 'EADDRINUSE') return `cannot listen on ${at}: the port is in use; choose another with --secure-port`;
  if (code === 'EADDRNOTAVAIL') return `cannot listen on ${at}: this machine does not have the address; choose another with --bind-address`;
  if (code === 'EACCES' && /listen/.test(message)) return `cannot listen on ${at}: not permitted; choose another with --secure-port`;
  return (message ?? String(error)).split('\n')[0]!;
}
