//! A sandbox's own pages: what it holds, whatever it shows to others, and how it is to behave.

use super::directory::Directory;
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

impl Directory {
    /// What the sandbox tells of itself.
    pub(crate) async fn state(&self) -> Value {
        self.page("state").await
    }

    /// How many calls it has answered.
    pub(crate) async fn calls_so_far(&self) -> u64 {
        self.state().await["calls"].as_u64().unwrap()
    }

    /// The methods of the calls after so many.
    pub(crate) async fn methods_after(&self, calls: u64) -> Vec<String> {
        let page = self.page(&format!("calls?after={calls}")).await;
        let calls = page["calls"].as_array().unwrap().iter();
        calls.map(|call| call["method"].as_str().unwrap().to_owned()).collect()
    }

    /// Sets switches of its manners.
    pub(crate) async fn behave(&self, switches: &Map<String, Value>) {
        self.order("manners", &Value::Object(switches.clone())).await;
    }

    /// Orders it to misbehave.
    pub(crate) async fn go_wrong(&self, fault: &Value) {
        self.order("faults", fault).await;
    }

    /// Moves its ids: `renewed` or `rotated`.
    pub(crate) async fn move_ids(&self, how: &str) {
        self.order("ids", &json!({ "ids": how })).await;
    }

    async fn page(&self, page: &str) -> Value {
        let url = format!("http://{}/sandbox/{page}", self.address());
        self.client().get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn order(&self, page: &str, body: &Value) {
        let url = format!("http://{}/sandbox/{page}", self.address());
        let answer = self.client().post(url).body(body.to_string()).send().await.unwrap();
        let is_taken = [StatusCode::OK, StatusCode::CREATED].contains(&answer.status());
        assert!(is_taken, "{body}: {}", answer.text().await.unwrap());
    }
}
