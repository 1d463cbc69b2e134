//! The socket as hyper sees it: notes progress, ends a head at a bare line feed, lets a refused client read to the end.
//! Knows no HTTP beyond the end of a line, and closes nothing by itself.

use super::progress::Progress;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What hyper gets to read from a bare line feed on: nothing that could be a request, and complete.
const POISON: &[u8] = b"\0\r\n\r\n";
/// How much of a refused request is read and thrown away.
const DISCARD: usize = 32 * 1024;

/// A stream of which only request heads are read: a request with a body is refused before anyone reads on.
#[derive(Debug)]
pub(super) struct Stream<IO> {
    io: IO,
    progress: Arc<Progress>,
    after_return: bool,
    poison: &'static [u8],
    discarded: usize,
}

impl<IO> Stream<IO> {
    pub(super) fn new(io: IO, progress: Arc<Progress>) -> Self {
        Self { io, progress, after_return: false, poison: &[], discarded: 0 }
    }

    /// Where the first line feed without a carriage return stands, if there is one.
    fn bare_line_feed(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|&byte| {
            let bare = byte == b'\n' && !self.after_return;
            self.after_return = byte == b'\r';
            bare
        })
    }

    fn serve_poison(&mut self, buffer: &mut ReadBuf<'_>) {
        let (now, later) = self.poison.split_at(self.poison.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.poison = later;
    }

    fn note(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.progress.stalled(),
            Poll::Ready(_) => self.progress.wrote(),
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Stream<IO> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.poison.is_empty() {
            this.serve_poison(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            this.progress.received();
        }
        if let Some(position) = this.bare_line_feed(&buffer.filled()[before..]) {
            buffer.set_filled(before + position);
            this.poison = POISON;
            this.serve_poison(buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.note(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, slices);
        this.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
        if !this.progress.finished() {
            return Poll::Ready(Ok(()));
        }
        let mut chunk = [0; 4096];
        while this.discarded < DISCARD {
            let mut buffer = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.io).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.discarded += buffer.filled().len();
        }
        // The rest stays unread; the deadline of lingering ends the wait.
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    async fn assert_reads(chunks: &[&str], capacity: usize, expected: &str) {
        let (mut client, server) = duplex(64);
        let mut stream = Stream::new(server, Progress::new());
        let mut seen = Vec::new();
        for (index, chunk) in chunks.iter().enumerate() {
            client.write_all(chunk.as_bytes()).await.expect("room");
            let sent: usize = chunks[..=index].iter().map(|chunk| chunk.len()).sum();
            let until = if index + 1 == chunks.len() { expected.len() } else { sent };
            while seen.len() < until {
                let mut buffer = vec![0; capacity];
                let count = stream.read(&mut buffer).await.expect("open");
                seen.extend_from_slice(&buffer[..count]);
            }
        }
        assert_eq!(String::from_utf8(seen).expect("ASCII"), expected);
    }

    #[tokio::test]
    async fn whole_lines_pass_unchanged_however_they_are_cut() {
        for chunks in [&["GET / HTTP/1.1\r\n\r\n"][..], &["GET / HTTP/1.1\r", "\n\r", "\n"]] {
            assert_reads(chunks, 64, "GET / HTTP/1.1\r\n\r\n").await;
        }
    }

    #[tokio::test]
    async fn a_bare_line_feed_ends_the_head_in_something_no_one_can_parse() {
        for capacity in [1, 2, 3, 64] {
            assert_reads(&["GET /\r\nA: b\nC"], capacity, "GET /\r\nA: b\0\r\n\r\n").await;
            assert_reads(&["\n"], capacity, "\0\r\n\r\n").await;
        }
    }
}
