// Reads one JSON object per line, {secret, raw, jwk, whpk, headers, body}, body in base64, and prints for each what the published
// libraries (for v1) and OpenSSL (for v1a, with the public key alone) say of it.
import { createInterface } from "node:readline";
import { createPublicKey, verify } from "node:crypto";
import * as standard from "standardwebhooks";
import * as svix from "svix";

function libraryAccepts(library, given, body) {
  const webhook = given.raw ? new library.Webhook(Buffer.from(given.secret), { format: "raw" }) : new library.Webhook(given.secret);
  try {
    webhook.verify(body, given.headers);
    return true;
  } catch (error) {
    if (error instanceof library.WebhookVerificationError) return false;
    // The libraries parse the body after they have verified it, and an empty one is no JSON.
    if (error instanceof SyntaxError && body.length === 0) return true;
    throw error;
  }
}

function opensslAccepts(key, headers, body) {
  const message = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
  return headers["webhook-signature"]
    .split(" ")
    .filter((s) => s.startsWith("v1a,"))
    .some((s) => verify(null, message, key, Buffer.from(s.slice("v1a,".length), "base64")));
}

// The DER prefix of an ed25519 public key.
const ed25519 = Buffer.from("302a300506032b6570032100", "hex");

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const body = Buffer.from(given.body, "base64");
  const verdicts = [];
  if (given.secret) verdicts.push(libraryAccepts(standard, given, body), libraryAccepts(svix, given, body));
  if (given.jwk) {
    verdicts.push(opensslAccepts(createPublicKey({ key: given.jwk, format: "jwk" }), given.headers, body));
    const der = Buffer.concat([ed25519, Buffer.from(given.whpk.slice("whpk_".length), "base64")]);
    verdicts.push(opensslAccepts(createPublicKey({ key: der, format: "der", type: "spki" }), given.headers, body));
  }
  console.log(JSON.stringify(verdicts));
}
