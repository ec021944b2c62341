package org.patchbay.vhostuser;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.UnixSocket;

/**
 * How a NIC comes to its peers: it listens for them or connects to them, as long as the link is up,
 * and cuts a connection off when that goes down. One thread waits here for the next peer; any other
 * may set the link, cut and end.
 *
 * <p>With the link down nothing listens, and nothing connects: a guest sees its carrier only there.
 */
final class PeerLink implements AutoCloseable {

  static final long FIRST_RETRY_MILLIS = 50;
  static final long LAST_RETRY_MILLIS = 1000;

  /** How long a peer may take to read a reply, or to accept. */
  private static final long PEER_MILLIS = 5000;

  /** A connection that lasted so long was none that failed at once. */
  private static final long LASTING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final boolean connects;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by lock.
  private boolean up = true;
  private boolean ended;
  private @Nullable ListeningSocket listening;
  private @Nullable UnixSocket connection;

  // The waiting thread's.
  private long retryMillis = FIRST_RETRY_MILLIS;
  private long connectedAt;

  private volatile @Nullable String problem;

  PeerLink(Path path, boolean connects) {
    this.path = path;
    this.connects = connects;
  }

  /**
   * Begins to listen, if that is how peers come.
   *
   * @throws IOException with a sentence if it can't
   */
  void open() throws IOException {
    if (!connects) {
      listening = ListeningSocket.open(path);
    }
  }

  /** Why there is no peer to be had, or null. Any thread. */
  @Nullable String problem() {
    return problem;
  }

  /** Whether the link is up. Any thread. */
  boolean isUp() {
    lock.lock();
    try {
      return up;
    } finally {
      lock.unlock();
    }
  }

  /** Sets the link: down ends the connection and offers none until up. Any thread. */
  void setUp(boolean nowUp) {
    lock.lock();
    try {
      up = nowUp;
      if (!nowUp) {
        release();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the connection that is there, if any. Any thread. */
  void cut() {
    lock.lock();
    try {
      if (connection != null) {
        connection.shutdown();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Releases the thread that waits or is served, for good. Any thread. */
  void end() {
    lock.lock();
    try {
      ended = true;
      release();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Called with the lock held. */
  private void release() {
    if (listening != null) {
      listening.shutdown();
    }
    if (connection != null) {
      connection.shutdown();
    }
  }

  /**
   * Waits for the next peer, however long that takes.
   *
   * @return the connection, until {@link #disconnect}; null after {@link #end}
   */
  @Nullable UnixSocket await() {
    while (isWanted()) {
      try {
        UnixSocket socket = connects ? UnixSocket.connect(path.toString(), PEER_MILLIS) : accept();
        if (socket != null && adopt(socket)) {
          problem = null;
          return socket;
        }
      } catch (IOException e) {
        failed(e);
      }
    }
    return null;
  }

  private void failed(IOException e) {
    if (!isWantedNow()) {
      return;
    }
    problem = e.getMessage();
    closeListening();
    pause();
  }

  /** Waits until the link is up; false after {@link #end}. */
  private boolean isWanted() {
    lock.lock();
    try {
      while (!up && !ended) {
        closeListening();
        changed.awaitUninterruptibly();
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  private boolean isWantedNow() {
    lock.lock();
    try {
      return up && !ended;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable UnixSocket accept() throws IOException {
    ListeningSocket server = listening();
    if (server == null) {
      return null;
    }
    UnixSocket socket = server.accept();
    try {
      socket.setSendTimeout(PEER_MILLIS);
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /** The socket that listens, made anew where there is none; null if none is wanted. */
  private @Nullable ListeningSocket listening() throws IOException {
    ListeningSocket present = wantedListening();
    if (present != null || !isWantedNow()) {
      return present;
    }
    // Without the lock, as looking who is there takes its time.
    ListeningSocket made = ListeningSocket.open(path);
    lock.lock();
    try {
      if (up && !ended) {
        listening = made;
        return made;
      }
    } finally {
      lock.unlock();
    }
    made.close();
    return null;
  }

  private @Nullable ListeningSocket wantedListening() {
    lock.lock();
    try {
      return up && !ended ? listening : null;
    } finally {
      lock.unlock();
    }
  }

  private void closeListening() {
    lock.lock();
    try {
      if (listening != null) {
        listening.close();
        listening = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Makes a socket the connection, unless it is not wanted any more. */
  private boolean adopt(UnixSocket socket) {
    lock.lock();
    try {
      if (up && !ended) {
        connection = socket;
        connectedAt = System.nanoTime();
        return true;
      }
    } finally {
      lock.unlock();
    }
    socket.close();
    return false;
  }

  private void closeConnection() {
    lock.lock();
    try {
      if (connection != null) {
        connection.close();
        connection = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes the connection; where the NIC connects, the next one is made after a pause. */
  void disconnect() {
    closeConnection();
    if (connects) {
      if (System.nanoTime() - connectedAt >= LASTING_NANOS) {
        retryMillis = FIRST_RETRY_MILLIS;
      }
      pause();
    }
  }

  /** Waits a while, which doubles from time to time, unless the link is changed meanwhile. */
  private void pause() {
    lock.lock();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(retryMillis);
      while (up && !ended && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts a message thread; if so, the next try is made at once.
    } finally {
      lock.unlock();
    }
    retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
  }

  /** Removes the socket that listens; after the thread has ended. */
  @Override
  public void close() {
    closeConnection();
    closeListening();
  }
}
