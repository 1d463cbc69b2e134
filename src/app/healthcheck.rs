//! Asks a running exporter whether it is healthy: a container's health check that needs neither shell nor curl.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A process that does not answer by then is not healthy.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the exporter is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// The URL is not one that can be asked.
    #[error("ask {0:?}: expected a URL such as http://127.0.0.1:10046/-/healthy")]
    Url(String),
    /// No connection, or one that broke.
    #[error("ask {url}")]
    Connection {
        /// Who was asked.
        url: String,
        /// What the system said.
        source: io::Error,
    },
    /// It did not answer in time.
    #[error("ask {0}: no answer within {PATIENCE:?}")]
    Silent(String),
    /// It answered something else than 200.
    #[error("ask {url}: answered {status:?}")]
    Status {
        /// Who was asked.
        url: String,
        /// The answer's first line.
        status: String,
    },
}

/// Asks the URL, which is healthy if it answers 200.
///
/// # Errors
/// Why it is not.
pub async fn ask(url: &str) -> Result<(), Unhealthy> {
    let rest = url.strip_prefix("http://").ok_or_else(|| Unhealthy::Url(url.to_owned()))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.is_empty() || rest.contains(char::is_whitespace) {
        return Err(Unhealthy::Url(url.to_owned()));
    }
    let path = if path.is_empty() { "/-/healthy" } else { path };
    let status = match timeout(PATIENCE, first_line(authority, path)).await {
        Err(_elapsed) => return Err(Unhealthy::Silent(url.to_owned())),
        Ok(Err(source)) => return Err(Unhealthy::Connection { url: url.to_owned(), source }),
        Ok(Ok(status)) => status,
    };
    if status.split(' ').nth(1) == Some("200") {
        Ok(())
    } else {
        Err(Unhealthy::Status { url: url.to_owned(), status })
    }
}

async fn first_line(authority: &str, path: &str) -> io::Result<String> {
    let address = if authority.rsplit(']').next().is_some_and(|end| end.contains(':')) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut stream = TcpStream::connect(&address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Asks a server that answers every connection with these bytes.
    async fn asked(answer: &'static str) -> Result<(), Unhealthy> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await.expect("a request");
            stream.write_all(answer.as_bytes()).await.expect("written");
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let outcome = ask(&format!("http://{address}/-/healthy")).await;
        assert!(serving.await.expect("serves").starts_with("GET /-/healthy HTTP/1.1\r\n"));
        outcome
    }

    #[tokio::test]
    async fn only_200_is_healthy() {
        assert!(asked("HTTP/1.1 200 OK\r\n\r\nhealthy").await.is_ok());
        assert!(matches!(asked("HTTP/1.1 503 No\r\n\r\n").await, Err(Unhealthy::Status { .. })));
        assert!(matches!(asked("garbage").await, Err(Unhealthy::Status { .. })));
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_named() {
        for url in ["", "https://localhost/", "http://", "http://a b/"] {
            assert!(matches!(ask(url).await, Err(Unhealthy::Url(_))), "{url}");
        }
    }
}
