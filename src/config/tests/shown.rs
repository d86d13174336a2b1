//! The configuration as it is shown: with where each value came from, and without secrets.

use super::{FILE, changed, load};
use crate::config::load::Loaded;
use insta::assert_snapshot;

#[test]
fn secrets_are_never_shown() {
    let file = changed("token_file: token, ", "");
    let variables = [
        ("USHER__TENANTS__0__TARGETS__0__TOKEN", "hunter2"),
        ("USHER__KAFKA__PROPERTIES__SASL_PASSWORD", "hunter2"),
        ("USHER__KAFKA__PROPERTIES__SSL_KEY_PEM", "hunter2"),
        ("USHER__KAFKA__PROPERTIES__SASL_USERNAME", "usher"),
    ];
    let loaded = load(&file, &variables).unwrap();
    let shown = [
        loaded.show(),
        format!("{loaded:?}"),
        format!("{:?}", loaded.settings),
        serde_json::to_string(&loaded.settings).unwrap(),
    ];
    for text in shown {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("sasl.username"), "{text}");
    }
}

fn shown() -> String {
    load(FILE, &[("USHER__LOG__FORMAT", "text")]).unwrap().show()
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is what is shown")]
fn what_is_shown_says_where_it_came_from() {
    assert_snapshot!(shown(), @r#"
    kafka:
      brokers: "localhost:9092"  # file
      group: usher  # default
      instance_id: null  # default
      topics:
        control: usher.control  # default
        people: usher.people  # default
        audit: usher.audit  # default
        parked: usher.parked  # default
        inventory: usher.inventory  # default
        events: usher.events  # default
      security:
        protocol: plaintext  # default
        ca_file: null  # default
        certificate_file: null  # default
        key_file: null  # default
        key_password_file: null  # default
        sasl:
          mechanism: null  # default
          username: null  # default
          password_file: null  # default
          token_file: null  # default
      properties: {}  # default
    http:
      listen: "127.0.0.1:9464"  # default
    serve:
      listen: "127.0.0.1:9480"  # default
      public_url: null  # default
      tokens_file: null  # default
      session: "8h"  # default
      audit_back: "30d"  # default
      lag_every: "15s"  # default
      compare_every: "15m"  # default
      news_every: "1s"  # default
      listeners_most: 64  # default
      readers: 4  # default
      requests_per_minute: 600  # default
      time_zone: null  # default
    receive:
      listen: "127.0.0.1:9481"  # default
      public_url: null  # default
      body_bytes_max: 524288  # default
      requests_at_once: 256  # default
      within: "5s"  # default
      doors: []  # default
      polls: []  # default
      reads_at: null  # default
      clients: []  # default
    log:
      level: info  # default
      format: text  # USHER__LOG__FORMAT
    telemetry:
      otlp_endpoint: null  # default
    engine:
      late_window: "5m"  # default
      retry_first: "200ms"  # default
      retry_max: "30s"  # default
      group_refresh: "10m"  # default
      replay_horizon: "30d"  # default
      max_event_age: "90d"  # default
      name_bearers_most: 5  # default
    operators: []  # default
    approvals:
      deletion: 2  # default
      over_rows: 25  # default
      over: 2  # default
    pause_file: null  # default
    tenants:
      -
        name: acme  # file
        rules:
          - rules.yaml  # file
        time_zone: null  # default
        placeholders: []  # default
        sources:
          -
            topic: hr  # file
            format: cloudevents  # file
            mapping: null  # default
            framing: auto  # default
            types:
              - "worker.*"  # file
            time_zone: null  # default
            edges: {}  # default
            placeholders: []  # default
            transmitters: []  # default
        targets:
          -
            name: main  # file
            formerly: []  # default
            url: "https://example.com/v2"  # file
            token_file: token  # file
            token_name: null  # default
            token_expires: null  # default
            ca_file: null  # default
            dialect: rfc7644  # default
            mode: observe  # file
            restricting_groups: []  # default
            attribute_limits:
              key_chars_max: null  # default
              value_chars_max: null  # default
              count_max: null  # default
            concurrency: 4  # default
            calls_per_second: 20.0  # default
            quota: null  # default
            create_groups: false  # default
            limits:
              cut:
                hour:
                  count: 25  # default
                  percent: 5  # default
                day:
                  count: 100  # default
                  percent: 10  # default
              delete:
                hour:
                  count: 10  # default
                  percent: 1  # default
                day:
                  count: 10  # default
                  percent: 1  # default
              create:
                hour:
                  count: 200  # default
                  percent: 20  # default
                day:
                  count: 1000  # default
                  percent: 100  # default
              leave:
                hour:
                  count: 100  # default
                  percent: 10  # default
                day:
                  count: 400  # default
                  percent: 20  # default
              grant:
                hour:
                  count: 200  # default
                  percent: 20  # default
                day:
                  count: 1000  # default
                  percent: 50  # default
              change:
                hour:
                  count: 100  # default
                  percent: 10  # default
                day:
                  count: 400  # default
                  percent: 20  # default
              group:
                percent: 20  # default
                from_members: 25  # default
              reserve:
                an_hour: 10  # default
                per_source: 5  # default
                per_rule: 3  # default
            policies: null  # default
            inventory:
              every: "6h"  # default
              reads: []  # default
            external_id: nothing  # default
            everybody: false  # default
            seats: null  # default
            proxy: null  # default
            request_timeout: "10s"  # default
        protected:
          people: []  # default
          accounts: []  # default
          groups: []  # default
          members_of: []  # default
          keep_last: []  # default
          administrators:
            user_types:
              - Admin  # default
              - Administrator  # default
              - Service  # default
              - "Service Account"  # default
              - ServiceAccount  # default
        roster: null  # default
        idp: null  # default
        exceptions: null  # default
        reconcile:
          every: "6h"  # default
          misses: 2  # default
          misses_apart: "12h"  # default
          starters_days: 14  # default
          unused_days: 90  # default
          inventory_age: "1d"  # default
          services:
            user_types:
              - Service  # default
              - "Service Account"  # default
              - ServiceAccount  # default
            accounts: []  # default
    "#);
}

#[test]
fn what_is_shown_loads_as_the_same() {
    let first = load(FILE, &[("USHER__HTTP__LISTEN", "0.0.0.0:80")]).unwrap();
    let again = load(&first.show(), &[]).unwrap();
    let json = |loaded: &Loaded| serde_json::to_value(&loaded.settings).unwrap();
    assert_eq!(json(&first), json(&again));
}
