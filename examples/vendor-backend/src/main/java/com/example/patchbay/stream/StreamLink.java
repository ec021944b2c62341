package com.example.patchbay.stream;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.QueueDriver;
import org.patchbay.linux.Epoll;
import org.patchbay.linux.Errno;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.StreamSocket;

/**
 * Has a connection, or tries to have one, from {@link #start} to {@link #stop}. A thread of its own
 * connects or accepts, again and again; it never waits but in one epoll wait that {@code stop}
 * ends.
 *
 * <p>It publishes a connection and wakes the queue; the worker that uses the connection says when
 * it has ended, and only then this thread closes it and looks for the next one. A peer that comes
 * while there is one is turned away at once.
 */
final class StreamLink {
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

  /** A connection that lived this long was a good one: the next pause is a short one again. */
  private static final long GOOD_LIFE = TimeUnit.SECONDS.toNanos(1);

  /** How long connecting over TCP may take. */
  private static final long CONNECT_LIMIT = TimeUnit.SECONDS.toNanos(5);

  /** How long what a peer sent before it went away may stay untaken. */
  private static final long LAST_WORDS = TimeUnit.SECONDS.toNanos(1);

  private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
  private static final int MAX_EVENTS = 8;

  private static final long SIGNAL = 0;
  private static final long LISTENING = 1;
  private static final long CONNECTING = 2;
  private static final long FIRST_CONNECTION = 3;

  private final StreamSettings settings;
  private final @Nullable ListeningPlace place;
  private final StreamCounters counters;
  private final LinkChanges changes;
  private final Epoll epoll;
  private final EventFd signal;
  private final Thread thread;
  private final long hold;

  private volatile boolean stopping;
  private volatile @Nullable Connection current;
  private volatile @Nullable QueueDriver driver;
  private volatile long awaySince = System.nanoTime();

  // The thread's own.
  private @Nullable StreamSocket pending;
  private long pendingSince;
  private long nextAttempt;
  private long pause = FIRST_PAUSE;
  private long token = FIRST_CONNECTION;
  private long hungUpSince;
  private boolean hungUp;
  private boolean listening;
  private boolean toldOfHold;

  private StreamLink(
      StreamSettings settings,
      @Nullable ListeningPlace place,
      StreamCounters counters,
      LinkChanges changes,
      Epoll epoll,
      EventFd signal) {
    this.settings = settings;
    this.place = place;
    this.counters = counters;
    this.changes = changes;
    this.epoll = epoll;
    this.signal = signal;
    this.hold = settings.hold().toNanos();
    this.nextAttempt = System.nanoTime();
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("stream-" + settings.name() + "-link")
            .unstarted(this::run);
  }

  /**
   * Makes a link that does nothing before {@link #start}.
   *
   * @param place where peers connect, lent; null to connect to one
   * @throws EndpointException if the system gives no descriptor; nothing is left behind
   */
  static StreamLink open(
      StreamSettings settings,
      @Nullable ListeningPlace place,
      StreamCounters counters,
      LinkChanges changes)
      throws EndpointException {
    try {
      Epoll epoll = Epoll.open(MAX_EVENTS);
      EventFd signal;
      try {
        signal = EventFd.open();
      } catch (Throwable e) {
        epoll.close();
        throw e;
      }
      StreamLink link = new StreamLink(settings, place, counters, changes, epoll, signal);
      int added = epoll.add(signal.descriptor().value(), Epoll.IN, SIGNAL);
      if (added == 0 && place != null) {
        added = epoll.add(place.socket().descriptor().value(), 0, LISTENING);
      }
      if (added < 0) {
        link.closeOwn();
        throw new LinuxException("epoll_ctl(EPOLL_CTL_ADD)", -added);
      }
      return link;
    } catch (LinuxException e) {
      throw new EndpointException(
          e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE
              ? EndpointError.OUT_OF_DESCRIPTORS
              : EndpointError.SYSTEM_CALL_FAILED,
          "the link of " + settings.name() + " can't begin: " + e.getMessage(),
          e);
    }
  }

  // ---- for the queue ----

  /** Wakes this driver when a connection comes or a hold is over, until {@link #detach}. */
  void attach(QueueDriver queueDriver) {
    driver = queueDriver;
  }

  void detach() {
    driver = null;
  }

  /** The connection to use, or null while there is none. */
  @Nullable Connection current() {
    Connection connection = current;
    return connection == null || connection.isEnded() ? null : connection;
  }

  /** The worker has let go of a connection. */
  void ended(Connection connection, String why) {
    counters.problem(why);
    awaySince = System.nanoTime();
    connection.end();
    signal.signal();
  }

  /** Whether transmits shall wait for a connection rather than be dropped. */
  boolean isHolding() {
    return System.nanoTime() - awaySince < hold;
  }

  /** The descriptor of this link that can always be watched, to try whether watching works. */
  int watchable() {
    return signal.descriptor().value();
  }

  // ---- for the endpoint ----

  /** Begins to have a connection. */
  void start() {
    thread.start();
  }

  /** What the link is doing, for people. Any thread. */
  String state() {
    return current() != null ? "connected" : place != null ? "listening" : "connecting";
  }

  /** Ends the connection and the thread. The queue is closed by then. */
  void stop() {
    if (!thread.isAlive()) {
      // Never started.
      closeOwn();
      return;
    }
    stopping = true;
    signal.signal();
    boolean interrupted = false;
    try {
      // If it took longer the thread would close what it owns by itself.
      boolean _ = thread.join(STOP_LIMIT);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the thread ----

  private void run() {
    try {
      while (!stopping) {
        try {
          step();
        } catch (RuntimeException | Error e) {
          // None is known. The link goes on, because a queue may be using its connection.
          counters.problem("the link's thread met " + e);
          LockSupport.parkNanos(FIRST_PAUSE);
        }
      }
    } finally {
      closeOwn();
    }
  }

  private void step() {
    long now = System.nanoTime();
    Connection connection = current;
    if (connection != null && connection.isEnded()) {
      drop(connection, now);
    }
    boolean paused = nextAttempt - now > 0;
    if (current == null) {
      if (place == null) {
        connect(now);
      } else if (!paused) {
        accept();
        paused = nextAttempt - now > 0;
      }
    }
    listen(!hungUp && !paused);
    int count = epoll.await(untilNext(System.nanoTime()));
    // A peer that has gone comes before one that has come: it makes room for that one.
    for (int i = 0; i < count; i++) {
      if (epoll.token(i) == token && current != null) {
        hungUp = true;
        hungUpSince = System.nanoTime();
        wake();
      }
    }
    for (int i = 0; i < count; i++) {
      handle(epoll.token(i));
    }
  }

  private void handle(long event) {
    if (event == SIGNAL) {
      long _ = signal.drain();
    } else if (event == LISTENING) {
      if (current != null && !hungUp) {
        turnAway();
      }
    } else if (event == CONNECTING) {
      finishConnect();
    }
  }

  /** How long nothing needs to be done unless an event comes, in nanoseconds; -1 for ever. */
  private long untilNext(long now) {
    long until = Long.MAX_VALUE;
    if (place != null && !listening && nextAttempt - now > 0) {
      until = nextAttempt - now;
    }
    Connection connection = current;
    if (connection == null) {
      if (place == null) {
        until = pending == null ? nextAttempt - now : pendingSince + CONNECT_LIMIT - now;
      }
      if (!toldOfHold) {
        long left = awaySince + hold - now;
        if (left <= 0) {
          toldOfHold = true;
          wake();
        } else {
          until = Math.min(until, left);
        }
      }
    } else if (hungUp && !connection.isCondemned()) {
      long left = hungUpSince + LAST_WORDS - now;
      if (left <= 0) {
        connection.condemn();
        wake();
      } else {
        until = Math.min(until, left);
      }
    }
    return until == Long.MAX_VALUE ? -1 : Math.max(until, 1);
  }

  private void listen(boolean wanted) {
    ListeningPlace at = place;
    if (at != null && wanted != listening) {
      listening = wanted;
      int _ = epoll.modify(at.socket().descriptor().value(), wanted ? Epoll.IN : 0, LISTENING);
    }
  }

  private void accept() {
    try {
      StreamSocket socket = place == null ? null : place.socket().accept();
      if (socket == null) {
        changes.set(false);
      } else {
        publish(socket);
      }
    } catch (LinuxException e) {
      // A peer that left before it was accepted, or no descriptors: the next one may do.
      failed(e);
    }
  }

  private void turnAway() {
    try {
      StreamSocket socket = place == null ? null : place.socket().accept();
      if (socket != null) {
        socket.close();
        counters.refusedPeers.incrementAndGet();
      }
    } catch (LinuxException e) {
      failed(e);
    }
  }

  private void connect(long now) {
    if (pending != null) {
      if (now - pendingSince >= CONNECT_LIMIT) {
        abandon();
        failed(new LinuxException("connect(" + settings.where() + ")", Errno.ETIMEDOUT));
      }
      return;
    }
    if (nextAttempt - now > 0) {
      return;
    }
    try {
      StreamSocket socket = StreamSocket.connect(settings.address());
      pending = socket;
      pendingSince = now;
      int added = epoll.add(socket.descriptor().value(), Epoll.OUT, CONNECTING);
      if (added < 0) {
        throw new LinuxException("epoll_ctl(EPOLL_CTL_ADD)", -added);
      }
    } catch (LinuxException e) {
      abandon();
      failed(e);
    }
  }

  private void finishConnect() {
    StreamSocket socket = pending;
    if (socket == null) {
      return;
    }
    try {
      socket.finishConnect();
      requireOther(socket);
      int _ = epoll.remove(socket.descriptor().value());
      pending = null;
      publish(socket);
    } catch (LinuxException e) {
      abandon();
      failed(e);
    }
  }

  /**
   * Refuses a TCP connection with itself, which the kernel makes when nobody listens at a port of
   * this machine and it chooses just that port for the client.
   */
  private void requireOther(StreamSocket socket) throws LinuxException {
    if (settings.address() instanceof InetSocketAddress target
        && socket.localPort() == target.getPort()) {
      throw new LinuxException("connect(" + settings.where() + ")", Errno.ECONNREFUSED);
    }
  }

  private void abandon() {
    StreamSocket socket = pending;
    pending = null;
    if (socket != null) {
      socket.close();
    }
  }

  private void failed(LinuxException e) {
    counters.failedAttempts.incrementAndGet();
    counters.problem(settings.where() + ": " + e.getMessage());
    nextAttempt = System.nanoTime() + pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE);
    if (current == null) {
      changes.set(false);
    }
  }

  /** Lets the queue have a connection. Takes the socket over, also when it fails. */
  private void publish(StreamSocket socket) {
    Connection connection = new Connection(socket);
    try {
      socket.setPrompt();
      token++;
      int added = epoll.add(connection.descriptor(), Epoll.PEER_CLOSED | Epoll.ONE_SHOT, token);
      if (added < 0) {
        throw new LinuxException("epoll_ctl(EPOLL_CTL_ADD)", -added);
      }
    } catch (LinuxException e) {
      connection.close();
      failed(e);
      return;
    }
    hungUp = false;
    counters.connections.incrementAndGet();
    current = connection;
    changes.set(true);
    wake();
  }

  /** Closes a connection that the worker has let go of. */
  private void drop(Connection connection, long now) {
    if (connection.ageNanos() >= GOOD_LIFE) {
      pause = FIRST_PAUSE;
    }
    current = null;
    hungUp = false;
    toldOfHold = false;
    int _ = epoll.remove(connection.descriptor());
    connection.close();
    if (place == null) {
      nextAttempt = now + pause;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  private void wake() {
    QueueDriver waiting = driver;
    if (waiting != null) {
      waiting.wake();
    }
  }

  private void closeOwn() {
    abandon();
    Connection connection = current;
    current = null;
    if (connection != null) {
      connection.close();
    }
    epoll.close();
    signal.close();
  }
}
