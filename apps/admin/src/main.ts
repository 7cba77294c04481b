import { runCommandLine } from './command-line.js';
import { buildProgram } from './program.js';

await runCommandLine(buildProgram());
