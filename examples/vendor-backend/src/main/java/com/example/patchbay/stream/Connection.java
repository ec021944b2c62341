package com.example.patchbay.stream;

import org.patchbay.linux.IoVector;
import org.patchbay.linux.RawIo;
import org.patchbay.linux.StreamSocket;

/**
 * One connection to a peer. The link's thread makes and closes it; between that its bytes are the
 * worker's alone, until the worker has ended it.
 */
final class Connection implements ByteStream, AutoCloseable {
  private final StreamSocket socket;
  private final long since = System.nanoTime();
  private final RawIo io = new RawIo();

  /** Set by the link: the peer is gone, and nobody took what it had sent in time. */
  private volatile boolean condemned;

  /** Set by the worker, which touches the connection no more. */
  private volatile boolean ended;

  /**
   * @param socket connected; owned by this object from now on
   */
  Connection(StreamSocket socket) {
    this.socket = socket;
  }

  /** The descriptor's number, to be watched. */
  int descriptor() {
    return socket.descriptor().value();
  }

  /** For how long there has been a connection, in nanoseconds. */
  long ageNanos() {
    return System.nanoTime() - since;
  }

  @Override
  public long read(long address, long length) {
    return io.read(descriptor(), address, length);
  }

  @Override
  public long send(IoVector vector, int count) {
    return io.send(descriptor(), vector, count);
  }

  /** Asks the worker to end the connection whatever is left in it. */
  void condemn() {
    condemned = true;
  }

  boolean isCondemned() {
    return condemned;
  }

  /** The worker has let go. */
  void end() {
    ended = true;
  }

  boolean isEnded() {
    return ended;
  }

  @Override
  public void close() {
    socket.close();
  }
}
