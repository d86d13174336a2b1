//! A target that notes what it is asked, and answers as the path says.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Users that it has.
const USERS: usize = 5;

pub(super) struct Provider {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &noted).await;
            }
        });
        Self { address, asked }
    }

    /// What it was asked since the last time: each the lines of a request.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn answer(mut stream: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    asked.lock().unwrap().push(head);
    let (status, more, body) = match path.as_str() {
        "/v2/Users/busy" => ("429 Too Many", "retry-after: 30\r\n", "{}".to_owned()),
        "/v2/Users/away" => ("302 Found", "location: http://127.0.0.1:1/\r\n", String::new()),
        "/v2/Users/gone" => {
            ("404 Not Found", "", "{ \"status\": \"404\",  \"detail\": \"gone\" }".to_owned())
        }
        "/v2/Users/text" => ("500 Broken", "", "<html>no</html>".to_owned()),
        path if path.starts_with("/v2/Users/") => {
            ("200 OK", "etag: W/1\r\n", "{\"schemas\":[],  \"id\":\"one\"}".to_owned())
        }
        path => ("200 OK", "", listed(path)),
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/scim+json\r\n{more}connection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    drop(stream.write_all(text.as_bytes()).await);
}

/// A list as RFC 7644 has it.
fn listed(path: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let number = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(it, _)| it == name).and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let (start, count) = (number("startIndex").unwrap_or(1), number("count").unwrap_or(100));
    let mut resources = String::new();
    for number in (1..=USERS).skip(start - 1).take(count) {
        let comma = if resources.is_empty() { "" } else { "," };
        write!(resources, "{comma}{{\"schemas\":[],\"id\":\"u-{number}\"}}").unwrap();
    }
    format!("{{\"totalResults\":{USERS},\"startIndex\":{start},\"Resources\":[{resources}]}}")
}
