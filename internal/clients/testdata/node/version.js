'use strict';
const fs = require('fs');
const path = require('path');

// version reads a package's own version; many do not let their package.json be required.
module.exports = name => {
  const file = process.env.NODE_PATH.split(path.delimiter).map(dir => path.join(dir, name, 'package.json')).find(fs.existsSync);
  if (!file) throw new Error(`no package ${name}`);
  return JSON.parse(fs.readFileSync(file)).version;
};
