// Says what is wrong with the OpenAPI documents at the addresses given: what `redocly lint` calls an error, and what swagger-parser refuses.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import SwaggerParser from '@apidevtools/swagger-parser';

const config = await createConfig({ extends: ['recommended'] });
for (const address of process.argv.slice(2)) {
  const source = await (await fetch(address)).text();
  const problems = await lintFromString({ source, absoluteRef: address, config });
  for (const problem of problems.filter((p) => p.severity === 'error')) {
    console.log(`${address} ${problem.ruleId} ${problem.location[0]?.pointer}: ${problem.message}`);
  }

  await SwaggerParser.validate(JSON.parse(source)).catch((e) => console.log(`${address} swagger-parser: ${e.message}`));
}
