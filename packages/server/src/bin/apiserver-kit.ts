#!/usr/bin/env node
import { main } from '../command/main.js';

const code = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// What is left running has been asked to stop: nothing is waited for.
process.exit(code);
