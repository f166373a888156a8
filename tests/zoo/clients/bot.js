const fs = require('fs'), net = require('net');
const [port, file] = process.argv.slice(2);
const kept = net.connect({ port: +port, host: '127.0.0.1', allowHalfOpen: true }, () => {
  fs.writeFileSync(file + '.new', String(process.pid));
  fs.renameSync(file + '.new', file);
});
setInterval(() => kept, 1000);
