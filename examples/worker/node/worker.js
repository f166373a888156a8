// A client of `ibdoc worker` without packages: every command is a promise.
//
//     node worker.js PORT [IBDOC [ARGUMENT…]]        PORT 0 takes the Gateway of `--sim`
'use strict';

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

class Worker {
  constructor(program, args, onEvent) {
    this.waiting = new Map();
    this.last = 0;
    this.process = spawn(program, ['worker', '--supervise', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.process.on('close', resolve));
    this.process.on('error', (error) => this.fail(error));
    this.process.stdin.on('error', () => {}); // the end is told by `close`
    this.process.on('close', () => this.fail(new Error('the worker has ended')));
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      const message = JSON.parse(line);
      if (message.event) return onEvent(message);
      const waiting = this.waiting.get(message.id);
      if (!waiting) return;
      this.waiting.delete(message.id);
      if (message.status === 'success') waiting.resolve(message.data);
      else waiting.reject(Object.assign(new Error(`${message.code}: ${message.message}`), message));
    });
  }

  call(command, params = {}) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.process.stdin.write(JSON.stringify({ id, command, params }) + '\n');
    });
  }

  close() {
    this.process.stdin.end();
    return this.ended;
  }

  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

async function main(port, program = 'ibdoc', ...args) {
  const worker = new Worker(program, args, (event) => {
    if (event.event !== 'report') console.log('event', event.event, event.code ?? '');
  });
  try {
    const session = await worker.call('connect', Number(port) ? { port: Number(port) } : {});
    console.log('connected, version', session.server_version);
    // Side by side: each answer goes to the one who asked.
    const [positions, summary, executions, time, version] = await Promise.all([
      worker.call('get_positions'),
      worker.call('get_account_summary', { tags: ['NetLiquidation'] }),
      worker.call('executions'),
      worker.call('time'),
      worker.call('version'),
    ]);
    console.log(positions.positions.length, 'positions');
    console.log(summary.values.length, 'value of the account summary');
    console.log(executions.executions.length, 'executions');
    console.log('time is a number:', Number.isInteger(time.time), 'version', version.version);
    await worker.call('disconnect');
  } finally {
    process.exitCode = await worker.close();
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
