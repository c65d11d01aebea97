//! Health, readiness and metrics over HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::metrics::{Watched, render, troubles};

/// Answers until the process ends.
pub(super) async fn serve(listener: TcpListener, consumers: Arc<Vec<Watched>>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, say: it passes, or the metrics tell.
                tracing::warn!(%error, "cannot answer a request for health or metrics");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let consumers = Arc::clone(&consumers);
        tokio::spawn(async move {
            let answer = service_fn(|request: Request<hyper::body::Incoming>| {
                let response = answer(request.uri().path(), &consumers);
                async move { Ok::<_, Infallible>(response) }
            });
            // Who asked may have gone.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

fn answer(path: &str, consumers: &[Watched]) -> Response<Full<Bytes>> {
    let (status, kind, body) = match path {
        // That it answers is the answer.
        "/health" => (StatusCode::OK, "text/plain", "alive\n".to_owned()),
        "/ready" => match troubles(consumers) {
            troubles if troubles.is_empty() => (StatusCode::OK, "text/plain", "ready\n".to_owned()),
            troubles => (StatusCode::SERVICE_UNAVAILABLE, "text/plain", troubles),
        },
        "/metrics" => (StatusCode::OK, "text/plain; version=0.0.4", render(consumers)),
        _ => (StatusCode::NOT_FOUND, "text/plain", "ask for /health, /ready or /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
