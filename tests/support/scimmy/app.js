// The SCIM server of the integration tests that speaks scimmy: a store in memory behind
// scimmy-routers, and nothing that would make it stricter or kinder than scimmy is.
//
//   PORT=8080 TOKEN=secret node app.js
//
// Each base path /NAME/v2 is a directory of its own, made when it is first asked for. Node looks
// for packages beside this file, so it is started from where they were installed.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMYRouters, { SCIMMY } from "scimmy-routers";

const directories = new Map();

function directoryOf(name) {
  if (!directories.has(name)) directories.set(name, { User: new Map(), Group: new Map() });
  return directories.get(name);
}

// What is stored is nobody else's: scimmy changes the objects that it is given.
const copy = (resource) => JSON.parse(JSON.stringify(resource));

function one(store, id) {
  const found = store.get(id);
  if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
  return found;
}

// Unique without regard to case (RFC 7643 §4.1.1); scimmy's filters do regard it.
function refuseTaken(store, id, userName) {
  const taken = [...store.values()].some((user) =>
    user.id !== id && user.userName.toLowerCase() === userName.toLowerCase());
  if (taken) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
}

function store(kind) {
  const of = (context) => directoryOf(context.directory)[kind];
  return {
    egress(resource, context) {
      if (resource.id) return copy(one(of(context), resource.id));
      const all = [...of(context).values()].map(copy);
      return resource.filter ? resource.filter.match(all) : all;
    },
    ingress(resource, instance, context) {
      const before = resource.id ? one(of(context), resource.id) : undefined;
      const id = before?.id ?? randomUUID();
      if (kind === "User") refuseTaken(of(context), id, instance.userName);
      const now = new Date().toISOString();
      const meta = { created: before?.meta.created ?? now, lastModified: now };
      of(context).set(id, copy({ ...instance, id, meta }));
      return copy(of(context).get(id));
    },
    degress(resource, context) {
      one(of(context), resource.id);
      of(context).delete(resource.id);
      for (const group of directoryOf(context.directory).Group.values()) {
        group.members = group.members?.filter((member) => member.value !== resource.id);
      }
    },
  };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, store("User"));
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
SCIMMY.Resources.declare(SCIMMY.Resources.Group, store("Group"));

function authenticate(request) {
  if (request.header("Authorization") !== `Bearer ${process.env.TOKEN}`) {
    throw new Error("the bearer token is missing or wrong");
  }
}

const app = express();
app.use("/:directory/v2", new SCIMMYRouters({
  type: "bearer",
  handler: authenticate,
  context: (request) => ({ directory: request.params.directory }),
}));
app.listen(Number(process.env.PORT), "127.0.0.1");
