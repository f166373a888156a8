// Small clients of a Gateway: `bots.js KIND PORT`. Each reads for a moment, then does what its kind says.
// None outlives two minutes.
const net = require('net');
const [, , kind, port] = process.argv;
const LONG = 120000;
let received = 0;
const socket = net.connect(Number(port), '127.0.0.1');
setTimeout(() => process.exit(), LONG);
const busy = (ms) => {
  const until = Date.now() + ms;
  while (Date.now() < until);
};
socket.on('data', (data) => {
  received += data.length;
  if (kind === 'busy') busy(20);
  if (received < 300) return;
  received = 0;
  if (kind === 'compute') busy(LONG);
  if (kind === 'lock') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONG);
  if (kind === 'child') require('child_process').execSync('sleep 120');
  if (kind === 'pause') socket.pause();
});
