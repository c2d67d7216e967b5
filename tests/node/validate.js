// Reads one {"schema", "body"} per line and answers each with the list of what is wrong with the body. A schema with a "name" is sent once.
// Objects are closed: what a schema does not name is wrong, although its readers let it pass.
const Ajv = require('ajv/dist/2020');
const formats = require('ajv-formats');
const readline = require('node:readline');

const close = (schema) => {
  if (Array.isArray(schema)) return schema.map(close);
  if (schema === null || typeof schema !== 'object') return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, close(value)]));
  return closed.properties && [closed.type].flat().includes('object') ? { additionalProperties: false, ...closed } : closed;
};

const known = new Map();
const validator = (schema, name) => {
  const key = name ?? JSON.stringify(schema);
  if (!known.has(key)) known.set(key, formats(new Ajv({ allErrors: true, allowUnionTypes: true })).compile(close(schema)));
  return known.get(key);
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { schema, name, body } = JSON.parse(line);
  const validate = validator(schema, name);
  const errors = validate(body) ? [] : validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
  process.stdout.write(JSON.stringify(errors) + '\n');
});
