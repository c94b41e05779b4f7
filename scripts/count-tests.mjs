// Prints how many tests passed and failed: `node count-tests.mjs REPORT EXIT_STATUS`, the report being vitest's JSON.
// A run that failed without a failed test (an unhandled rejection, a file that does not load, no report at all) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [, , file, status] = process.argv;
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const passed = report.numPassedTests ?? 0;
let failed = report.numFailedTests ?? 0;
if (failed === 0 && (status !== '0' || passed === 0)) failed = 1;
console.log(passed, failed);
