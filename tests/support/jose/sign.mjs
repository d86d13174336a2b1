// Reads {algorithms, claims} and writes {keys, tokens}: a fresh key and one token by each algorithm; a list of
// claims makes a list of tokens.
import { exportJWK, generateKeyPair, SignJWT } from "jose";

let text = "";
for await (const piece of process.stdin) text += piece;
const { algorithms, claims } = JSON.parse(text);

const keys = [];
const tokens = {};
for (const alg of algorithms) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `jose-${alg}-${process.pid}`;
  keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: "sig" });
  const header = { typ: "secevent+jwt", alg, kid };
  const sign = (claims) => new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
  tokens[alg] = Array.isArray(claims) ? await Promise.all(claims.map(sign)) : await sign(claims);
}
process.stdout.write(JSON.stringify({ keys, tokens }));
