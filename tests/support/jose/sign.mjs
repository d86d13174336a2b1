// Reads a list of {algorithm, claims, header} and writes {keys, tokens}: a fresh key by each algorithm, and the
// tokens in their order. Claims that are a text are signed as they are. HS256 has the public RSA key for its secret.
import { CompactSign, exportJWK, exportSPKI, generateKeyPair } from "jose";

let text = "";
for await (const piece of process.stdin) text += piece;
const asks = JSON.parse(text);

const keys = [];
const pairs = {};
async function pairOf(alg) {
  if (!pairs[alg]) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `jose-${alg}-${process.pid}`;
    keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: "sig" });
    pairs[alg] = { kid, publicKey, privateKey };
  }
  return pairs[alg];
}

const tokens = [];
for (const { algorithm: alg, claims, header } of asks) {
  const isSecret = alg === "HS256";
  const { kid, publicKey, privateKey } = await pairOf(isSecret ? "RS256" : alg);
  const key = isSecret ? new TextEncoder().encode(await exportSPKI(publicKey)) : privateKey;
  const payload = typeof claims === "string" ? claims : JSON.stringify(claims);
  const token = new CompactSign(new TextEncoder().encode(payload));
  tokens.push(await token.setProtectedHeader({ typ: "secevent+jwt", alg, kid, ...header }).sign(key));
}
process.stdout.write(JSON.stringify({ keys, tokens }));
