//! What `--help` teaches below the options of a command: an example, and what to type next.

pub(super) const RUN: &str = "\
Waits for Kafka as long as it takes and says why it waits, joins the replicas of this deployment,
and works on the shards that Kafka gives it. SIGTERM ends it within two seconds, in order. Start as
many as you like; a standby is ready, too.

Example:
  usher run --config usher.yaml

Next:
  curl -s http://127.0.0.1:9464/readyz     200 once it has joined
  kcat -C -b localhost:9092 -t usher.audit -X isolation.level=read_committed
                                           what it decides and does, as it happens";

pub(super) const INIT: &str = "\
Run it once per deployment, by somebody who may create topics. It can be run again at any time: what
is there is left as it is, and what is wrong with it is said.

Example:
  usher init --config usher.yaml --shards 4 --replication-factor 3

Next:
  usher run --config usher.yaml";

pub(super) const CONFIG: &str = "\
Example:
  usher config check --config usher.yaml

Next:
  usher init --config usher.yaml           once it is right";

pub(super) const CHECK: &str = "\
Reads every file that the configuration names, certificates and tokens included, and compiles the
rules. Neither Kafka nor a target is asked. Fit for a pipeline: it exits with 2 if anything is wrong.

Example:
  usher config check --config usher.yaml

Next:
  usher init --config usher.yaml           creates usher's topics, once per deployment";

pub(super) const SHOW: &str = "\
Behind each value stands who said it: `default`, `file`, or the environment variable.

Example:
  USHER__LOG__LEVEL=debug usher config show --config usher.yaml

Next:
  usher config check --config usher.yaml";

pub(super) const TARGET: &str = "\
Example:
  usher target check netskope --config usher.yaml

Next:
  mode: enforce                            at the target, once the check ends with 0";

pub(super) const TARGET_CHECK: &str = "\
Needs two accounts that are there already: they join the group that is made for the check, and are
otherwise left alone. The group is deleted again, whatever happens.

Example:
  usher target check netskope --config usher.yaml
  usher target check netskope --config usher.yaml --write dialect.yaml

Next:
  dialect: dialect.yaml                    at the target, if another dialect was proposed
  mode: enforce                            once the check ends with 0";

pub(super) const ERRORS: &str = "\
Codes stand in error messages (`error[topics.unfit]`), in log lines (`code`), in the audit
(`unmapped.why`) and at parked records (header `usher-reason-code`).

Example:
  usher errors identity.ambiguous
  usher errors                             all codes, a line each

Next:
  what the page says under \"What to do\"";

pub(super) const SCHEMA: &str = "\
For editors that complete and check while one writes: a line at the top of the YAML file names it,
as in the samples. The schemas of this version are in config/schemas, too.

Example:
  usher schema rules > rules.schema.json
  # yaml-language-server: $schema=rules.schema.json      in the rule file

Next:
  usher config check --config usher.yaml   says what a schema cannot";

pub(super) const COMPLETIONS: &str = "\
Example:
  usher completions bash > ~/.local/share/bash-completion/completions/usher
  usher completions zsh > ~/.zfunc/_usher              with ~/.zfunc in fpath
  usher completions fish > ~/.config/fish/completions/usher.fish

Next:
  a new shell, then: usher <Tab>";

pub(super) const MAN: &str = "\
Example:
  usher man > usher.1 && man ./usher.1

Next:
  usher --help";
